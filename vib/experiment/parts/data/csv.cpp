#include <utility>

#include "vib/data/sets/table.h"
#include "vib/experiment/data_config.h"

namespace vib {

DataPart csv_data() {
  using Own = OwnFiles<TableOptions>;
  DataPart part;
  part.name = "csv";
  part.meaning = "tables of one's own";
  part.options = Own{TableOptions(/*train=*/"", /*targets=*/{}), {}};
  part.keys = taking<Own>([](Own& own, Section& s) {
    auto& o = own.files;
    own_root_key(s, own.root);
    s.field("train_file", o.train(), "a CSV file (RFC 4180) with a header");
    s.field("test_file", o.test(), "the same of the test part; empty: data.test_share of the rows, at random");
    s.field("test_share", o.test_share(), at_least(0).below(1), "share of the rows for the test part");
    s.field("target_columns", o.targets(),
            "one column of classes, or one or more of values; none is needed where data.target is input");
    s.field("numeric", o.numeric(), "columns that are numbers; by default those whose every training value is one");
    s.field("categorical", o.categorical(), "columns that are categories, each category an input of 0 or 1");
    s.field("ignore", o.ignore(), "columns that are no inputs");
    s.field("separator", o.separator(), "between the fields");
    s.choice("missing", o.missing(),
             {{"error", Missing::error, "names line and column"},
              {"drop", Missing::drop, "leaves the row out"},
              {"mean", Missing::mean, "the training mean; of categories one of its own"}},
             "what becomes of an empty field, NA, NaN or ?");
    own_target_keys(s, o.target_kind(), o.standardize());
  });
  part.own = true;
  part.root = taking<Own>([](Own& own) { return &own.root; });
  part.check = taking<Own>([](const Own& own, const DataConfig& data, const ConfigOrigins& origins) {
    const auto& o = own.files;
    require_key(origins, "data.train_file", !o.train().empty(), "a CSV file");
    require_key(origins, "data.target_columns", data.target == "input" || !o.targets().empty(),
                "the names of one or more columns, or data.target: input");
    require_key(origins, "data.test_share", !o.test().empty() || o.test_share() > 0, "above 0, or data.test_file");
  });
  part.test_key = taking<Own>([](const Own& own) { return own.files.test().empty() ? "test_share" : ""; });
  part.load = taking<Own>([](const Own& own, const DataConfig& data) {
    auto o = own.files;
    if (o.targets().empty()) o.target_kind(TargetKind::none);
    o.train(own.in_root(o.train())).test(own.in_root(o.test()));
    auto [splits, encoding, summary] = load_table(o.validation(data.validation));
    auto table = described(std::move(splits));
    table.description.table = std::move(encoding);
    table.description.understood = std::move(summary);
    return table;
  });
  return part;
}

}  // namespace vib
