#include "vib/data/download/transfer.h"

#include <charconv>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

#include <curl/curl.h>
#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/version.h"

namespace vib {
namespace {

constexpr long kSlowestBytesPerSecond = 100;
constexpr long kMostRedirects = 10;
constexpr long kWhole = 200, kPartial = 206, kRangeRefused = 416;

struct Cleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

/// One exchange with a server: libcurl calls `take` with the body's bytes, and `look` now and then.
class Exchange {
 public:
  Exchange(const std::string& address, const DownloadOptions& options, PartFile& part)
      : options_(options), part_(part), start_(part.size()), curl_(curl_easy_init()) {
    if (!curl_) throw Error("libcurl cannot be started");
    set(CURLOPT_URL, address.c_str());
    set(CURLOPT_USERAGENT, fmt::format("vib/{}", kVersion).c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kMostRedirects);
    set(CURLOPT_FAILONERROR, 1L);
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.timeout()));
    set(CURLOPT_LOW_SPEED_LIMIT, kSlowestBytesPerSecond);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.timeout()));
    if (start_ > 0) set(CURLOPT_RANGE, fmt::format("{}-", start_).c_str());
    set(CURLOPT_ERRORBUFFER, error_);
    set(CURLOPT_WRITEFUNCTION, &Exchange::take);
    set(CURLOPT_WRITEDATA, this);
  }

  TransferResult run() {
    const CURLcode code = curl_easy_perform(curl_.get());
    if (failure_) std::rethrow_exception(failure_);
    if (start_ > 0 && status() == kRangeRefused) return start_over("refuses to send the rest (HTTP 416)");
    if (!accepted_ && (code == CURLE_OK || code == CURLE_WRITE_ERROR)) accept();  // an empty body calls nobody
    if (verdict_) return *verdict_;
    return judge(code);
  }

 private:
  template <typename T>
  void set(CURLoption option, T value) {
    if (const auto code = curl_easy_setopt(curl_.get(), option, value); code != CURLE_OK)
      throw Error(fmt::format("libcurl refuses an option: {}", curl_easy_strerror(code)));
  }

  static std::size_t take(char* bytes, std::size_t, std::size_t count, void* self) noexcept {
    auto& me = *static_cast<Exchange*>(self);
    try {
      return me.write({bytes, count}) ? count : CURL_WRITEFUNC_ERROR;
    } catch (...) {  // libcurl is C
      me.failure_ = std::current_exception();
      return CURL_WRITEFUNC_ERROR;
    }
  }

  bool write(std::string_view bytes) {
    if (!accepted_) accept();
    if (verdict_) return false;
    const auto limit = options_.bytes();
    if (limit > 0 && part_.size() + bytes.size() > limit) {
      part_.clear();
      verdict_ = refused(fmt::format("sends more than the file's {} bytes", limit));
      return false;
    }
    part_.append(bytes);
    if (options_.on_progress()) options_.on_progress()(part_.size(), total_);
    return true;
  }

  /// Decides by the answer's header whether its body is what was asked for.
  void accept() {
    accepted_ = true;
    if (status() == kWhole) {
      total_ = content_length().value_or(0);
    } else if (status() == kPartial && start_ > 0) {
      const auto range = content_range();
      if (!range || range->first != start_) {
        verdict_ = start_over(fmt::format("sends another part than was asked for (Content-Range: {})",
                                          header("Content-Range").value_or("none")));
        return;
      }
      total_ = range->second;
    } else {
      verdict_ = refused(fmt::format("answers with HTTP {}", status()));
      return;
    }
    if (const auto type = header("Content-Type"); type && type->starts_with("text/html")) {
      verdict_ = refused("answers with a web page (text/html) instead of the file");
    } else if (options_.bytes() > 0 && total_ > 0 && total_ != options_.bytes()) {
      verdict_ = refused(fmt::format("has a file of {} bytes instead of {}", total_, options_.bytes()));
    }
    if (total_ == 0) total_ = options_.bytes();
    if (status() == kWhole && !verdict_) part_.clear();
  }

  TransferResult judge(CURLcode code) const {
    const std::string said = error_[0] != '\0' ? error_ : curl_easy_strerror(code);
    switch (code) {
      case CURLE_OK:
        if (options_.bytes() == 0 || part_.size() == options_.bytes()) return {TransferEnd::kComplete};
        return {TransferEnd::kBrokenOff, "ended"};
      case CURLE_PARTIAL_FILE:
      case CURLE_GOT_NOTHING:
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
      case CURLE_HTTP2:
      case CURLE_HTTP2_STREAM: return {TransferEnd::kBrokenOff, fmt::format("broke off ({})", said)};
      case CURLE_OPERATION_TIMEDOUT: return refused(fmt::format("stalled for {} s ({})", options_.timeout(), said));
      case CURLE_HTTP_RETURNED_ERROR: return refused(fmt::format("answers with HTTP {}", status()));
      default: return refused(said);
    }
  }

  static TransferResult refused(std::string reason) { return {TransferEnd::kRefused, std::move(reason)}; }

  TransferResult start_over(std::string reason) {
    part_.clear();
    return {TransferEnd::kMisplaced, std::move(reason)};
  }

  long status() const {
    long number = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &number);
    return number;
  }

  std::optional<std::uint64_t> content_length() const {
    curl_off_t length = -1;
    curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return length < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(length));
  }

  /// Of the last answer, after all redirects.
  std::optional<std::string> header(const char* name) const {
    curl_header* found = nullptr;
    if (curl_easy_header(curl_.get(), name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return std::nullopt;
    return found->value;
  }

  /// First byte and size of the whole file (0: not said) of "bytes FIRST-LAST/SIZE".
  std::optional<std::pair<std::uint64_t, std::uint64_t>> content_range() const {
    const auto text = header("Content-Range").value_or("");
    constexpr std::string_view kUnit = "bytes ";
    if (!text.starts_with(kUnit)) return std::nullopt;
    const char* const end = text.data() + text.size();
    std::uint64_t first = 0, size = 0;
    if (std::from_chars(text.data() + kUnit.size(), end, first).ec != std::errc{}) return std::nullopt;
    if (const auto slash = text.find('/'); slash != std::string::npos)
      std::from_chars(text.data() + slash + 1, end, size);
    return std::pair(first, size);
  }

  const DownloadOptions& options_;
  PartFile& part_;
  std::uint64_t start_;
  std::unique_ptr<CURL, Cleanup> curl_;
  char error_[CURL_ERROR_SIZE] = "";
  bool accepted_ = false;
  std::uint64_t total_ = 0;
  std::optional<TransferResult> verdict_;
  std::exception_ptr failure_;
};

}  // namespace

TransferResult transfer(const std::string& address, const DownloadOptions& options, PartFile& part) {
  return Exchange(address, options, part).run();
}

}  // namespace vib
