#pragma once

#include <cstdint>

#include "vib/core/export.h"

namespace vib {

/// How far the error on new examples may be above that on `examples` (m) independent ones, for all of |H| classifiers
/// at once, with probability 1 - δ:
///
///     ε² < ( ln |H| + ln(2/δ) ) / 2m
///
/// `hypotheses_bits` is log2 |H|. By Hoeffding's inequality and a union bound. Gives ε; one above 1 says nothing.
/// Throws vib::Error for m < 1, for δ outside (0, 1), and for bits below 0.
VIB_API double finite_class_bound(double hypotheses_bits, std::int64_t examples, double delta);

/// The same for |H| = 2^|T|, all ways to give two classes to the |T| = 2^I cells into which a layer that knows I =
/// I(T;X) bits divides its inputs (I in bits: the cells are what typical inputs are told apart by):
///
///     ε² < ( 2^I ln 2 + ln(2/δ) ) / 2m
///
/// A heuristic and no theorem: the cells depend on the examples that the layer was trained on, |T| = 2^I holds of
/// long typical sequences, and for layers without noise I is what the estimator makes it. From Tishby's talks, as in
/// Weng, "Anatomize Deep Learning with Information Theory" (2017), where 2^I stands without its ln 2.
VIB_API double input_compression_bound(double itx_bits, std::int64_t examples, double delta);

}  // namespace vib
