#include <utility>
#include <vector>

#include "vib/data/sets/table.h"
#include "vib/experiment/data_config.h"

namespace vib {
namespace {

using Own = OwnFiles<TableOptions>;

TableOptions placed_table(const Own& own, const DataConfig& data) {
  auto o = own.files;
  if (o.targets().empty()) o.target_kind(TargetKind::none);
  o.train(own.in_root(o.train())).test(own.in_root(o.test()));
  complete(o.split(), data);
  return o;
}

ExperimentData as_data(Table table) {
  auto data = described(std::move(table.splits));
  data.description.class_names = table.encoding.classes;
  if (data.description.classes == 0) data.description.target_names = table.encoding.targets;
  data.description.table = std::move(table.encoding);
  data.description.understood = std::move(table.summary);
  return data;
}

}  // namespace

DataPart csv_data() {
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
    split_keys(s, o.split());
    s.field("group", o.group(), "a column whose values never straddle two parts (a patient, a day); no input");
    s.field("weight", o.weight(), "a column that says what each row counts, in training and evaluation; no input");
    s.field("numeric", o.numeric(), "columns that are numbers; by default those whose every training value is one");
    s.field("categorical", o.categorical(), "columns that are categories, each category an input of 0 or 1");
    s.field("ignore", o.ignore(), "columns that are no inputs");
    s.separator("separator", o.separator(), "between the cells; of a .tsv file a comma means a tab");
    s.choice("missing", o.missing(),
             {{"error", Missing::error, "names line and column"},
              {"drop", Missing::drop, "leaves the row out"},
              {"mean", Missing::mean, "the training mean; of categories one of its own"}},
             "what becomes of an empty cell and of data.missing_words");
    s.field("missing_words", o.missing_words(), "what counts as missing besides an empty cell");
    s.field("drop_missing_targets", o.drop_missing_targets(), "leaves out the rows that have no target");
    own_target_keys(s, o.target_kind(), o.standardize(), o.standardize_targets());
  });
  part.own = true;
  part.root = taking<Own>([](Own& own) { return &own.root; });
  part.check = taking<Own>([](const Own& own, const DataConfig& data, const ConfigOrigins& origins) {
    const auto& o = own.files;
    require_key(origins, "data.train_file", !o.train().empty(), "a CSV file");
    require_key(origins, "data.target_columns", data.target == "input" || !o.targets().empty(),
                "the names of one or more columns, or data.target: input");
    require_key(origins, "data.test_share", !o.test().empty() || o.split().folds() > 0 || o.test_share() > 0,
                "above 0, or data.test_file");
    check_folds(o.split(), o.test().empty() ? "" : "data.test_file", origins);
  });
  part.test_key = taking<Own>([](const Own& own) {
    const bool by_share = own.files.test().empty() && own.files.split().folds() == 0;
    return by_share ? "test_share" : "";
  });
  part.load =
      taking<Own>([](const Own& own, const DataConfig& data) { return as_data(load_table(placed_table(own, data))); });
  part.load_prepared = taking<Own>([](const Own& own, const DataConfig& data, const DataDescription& prepared) {
    return as_data(load_table(placed_table(own, data), prepared.table));
  });
  part.files = taking<Own>([](const Own& own) { return own.given({own.files.train(), own.files.test()}); });
  return part;
}

}  // namespace vib
