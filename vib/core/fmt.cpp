// The {fmt} library itself, of which LibTorch ships the headers. Compiled into each source that includes them, it took
// more of the build's time than our own code.

#include <fmt/format-inl.h>

// What the headers declare and leave to the library.
FMT_BEGIN_NAMESPACE
template locale_ref::locale_ref(const std::locale& locale);
template auto locale_ref::get<std::locale>() const -> std::locale;
namespace detail {
template auto dragonbox::to_decimal(float x) noexcept -> dragonbox::decimal_fp<float>;
template auto dragonbox::to_decimal(double x) noexcept -> dragonbox::decimal_fp<double>;
template auto thousands_sep_impl(locale_ref locale) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref locale) -> char;
}  // namespace detail
FMT_END_NAMESPACE
