#include "vib/data/sets/imdb.h"

#include <utility>
#include <vector>

#include "vib/data/sets/imdb_reviews.h"
#include "vib/experiment/data_config.h"

namespace vib {

DataPart imdb_data() {
  DataPart part;
  part.name = "imdb";
  part.meaning = "the Large Movie Review Dataset (Maas et al. 2011): 50,000 reviews, negative or positive";
  part.options = ImdbOptions(/*root=*/"");
  part.keys = taking<ImdbOptions>([](ImdbOptions& o, Section& s) {
    s.field("root", o.root(),
            "folder of aclImdb_v1.tar.gz or of the unpacked aclImdb/; empty: $VIB_DATA_DIR/imdb, or data/imdb where "
            "VIB_DATA_DIR is not set");
    s.field("vocabulary", o.vocabulary(), at_least(4).at_most(1e7),
            "token ids: padding, start, unknown, and the most frequent words of the training part");
    s.field("length", o.length(), at_least(1).at_most(1e5), "tokens of a review");
    s.choice("side", o.side(), {{"front", Side::kFront, ""}, {"back", Side::kBack, ""}},
             "where a review is padded when it is shorter, and cut when it is longer");
    s.field("expect", o.expect(), at_least(0),
            "reviews that each of the four folders must hold; 0: any number (of reviews of one's own)");
    s.field("cache", o.cache(), "keeps the tokens of an archive in $XDG_CACHE_HOME/vib or ~/.cache/vib");
  });
  part.root = taking<ImdbOptions>([](ImdbOptions& o) { return &o.root(); });
  part.known_inputs = taking<ImdbOptions>([](const ImdbOptions& o) {
    DataDescription description;
    description.inputs = DataDescription::Inputs::kTokens;
    description.shape = {o.length()};
    return description;
  });
  part.load = taking<ImdbOptions>([](ImdbOptions o, const DataConfig& data) {
    auto [splits, vocabulary] = load_imdb(o.validation(data.held_out()).seed(data.split_seed));
    auto reviews = described(std::move(splits));
    reviews.description.tokens = vocabulary.size();
    reviews.description.vocabulary = vocabulary.words();
    reviews.description.side = o.side();
    return reviews;
  });
  part.files = taking<ImdbOptions>([](const ImdbOptions& o) { return std::vector{find_imdb(o.root())}; });
  return part;
}

}  // namespace vib
