#include "vib/information/joint_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/units.h"

namespace vib {
namespace {

/// -Σ p log p in nats.
double entropy_nats(const torch::Tensor& p) { return -at::xlogy(p, p).sum().item<double>(); }

std::string place_in_table(const torch::Tensor& wrong) {
  const auto at = wrong.nonzero()[0];
  return fmt::format("row {}, column {}", at[0].item<std::int64_t>() + 1, at[1].item<std::int64_t>() + 1);
}

/// The rows of `p` that are proportional to each other, summed.
torch::Tensor sum_proportional_rows(const torch::Tensor& p) {
  constexpr double kResolution = 1e12;
  const auto kept = p.index({p.sum(1) > 0});
  const auto keys = (kept / kept.sum(1, true) * kResolution).round().to(torch::kInt64).contiguous();
  const auto rows = keys.size(0), columns = keys.size(1);
  const auto* key = keys.const_data_ptr<std::int64_t>();
  std::map<std::vector<std::int64_t>, std::int64_t> places;
  std::vector<std::int64_t> group;
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto next = static_cast<std::int64_t>(places.size());
    const auto* first = key + row * columns;
    group.push_back(places.emplace(std::vector<std::int64_t>(first, first + columns), next).first->second);
  }
  return torch::zeros({static_cast<std::int64_t>(places.size()), columns}, kept.options())
      .index_add(0, torch::tensor(group, torch::kInt64), kept);
}

/// A label for each row of `p`: the same where a chain of entries above zero joins two rows.
std::vector<std::int64_t> connected_rows(const torch::Tensor& p) {
  const auto rows = p.size(0), columns = p.size(1);
  std::vector<std::int64_t> parent(static_cast<std::size_t>(rows + columns));
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](std::int64_t node) {
    while (parent[static_cast<std::size_t>(node)] != node) {
      auto& above = parent[static_cast<std::size_t>(node)];
      node = above = parent[static_cast<std::size_t>(above)];
    }
    return node;
  };
  const auto entries = p.accessor<double, 2>();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      if (entries[row][column] > 0) parent[static_cast<std::size_t>(root(rows + column))] = root(row);
    }
  }
  std::vector<std::int64_t> labels;
  for (std::int64_t row = 0; row < rows; ++row) labels.push_back(root(row));
  return labels;
}

TablePart part_of(torch::Tensor p) {
  p = p.index({torch::indexing::Slice(), p.sum(0) > 0});
  TablePart part;
  part.weight = p.sum().item<double>();
  p = p / part.weight;
  part.p_x = p.sum(1);
  part.p_y = p.sum(0);
  part.p_y_given_x = p / part.p_x.unsqueeze(1);
  return part;
}

}  // namespace

JointTable joint_table(const torch::Tensor& counts) {
  if (counts.is_complex() || counts.scalar_type() == torch::kBool)
    throw DataError("expected numbers; found a tensor of another type");
  if (counts.dim() != 2)
    throw DataError(
        fmt::format("expected a table with a row for each x and a column for each y; found a tensor of {} dimension{}",
                    counts.dim(), counts.dim() == 1 ? "" : "s"));
  if (counts.numel() == 0)
    throw DataError(fmt::format("expected a table; found {} rows and {} columns", counts.size(0), counts.size(1)));
  const auto table = counts.detach().to(torch::kCPU, torch::kFloat64).contiguous();
  if (const auto wrong = table.isfinite().logical_not().logical_or(table < 0); wrong.any().item<bool>())
    throw DataError(fmt::format("{}: {}; expected counts or probabilities, numbers >= 0", place_in_table(wrong),
                                table.index({wrong})[0].item<double>()));
  const auto largest = table.max().item<double>();
  if (largest == 0) throw DataError("every entry is 0; a joint table needs one above it");
  // By the largest first: the sum of large numbers could overflow.
  const auto scaled = table / largest;
  JointTable joint;
  joint.p = scaled / scaled.sum();
  const auto hx = entropy_nats(joint.p.sum(1)), hy = entropy_nats(joint.p.sum(0));
  joint.hx_bits = to_bits(std::max(hx, 0.0));
  joint.hy_bits = to_bits(std::max(hy, 0.0));
  // Against p(x) p(y), which is exact where they are independent.
  const auto product = at::outer(joint.p.sum(1), joint.p.sum(0));
  const auto ratio = at::where(joint.p > 0, joint.p / product, torch::ones_like(product));
  joint.ixy_bits = to_bits(std::clamp((joint.p * ratio.log()).sum().item<double>(), 0.0, std::min(hx, hy)));
  return joint;
}

std::vector<TablePart> table_parts(const torch::Tensor& p) {
  const auto rows_taken = sum_proportional_rows(p);
  const auto reduced = sum_proportional_rows(rows_taken.t().contiguous()).t().contiguous();
  std::map<std::int64_t, std::vector<std::int64_t>> pieces;
  const auto labels = connected_rows(reduced);
  for (std::size_t row = 0; row < labels.size(); ++row) pieces[labels[row]].push_back(static_cast<std::int64_t>(row));
  std::vector<TablePart> parts;
  for (const auto& [label, rows] : pieces)
    parts.push_back(part_of(reduced.index_select(0, torch::tensor(rows, torch::kInt64))));
  std::ranges::stable_sort(parts, std::greater<>(), &TablePart::weight);
  return parts;
}

}  // namespace vib
