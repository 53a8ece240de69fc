#pragma once

#include <string_view>

// One function for each reader; drivers.cpp lists them.
namespace vib::fuzz {

void axis(std::string_view input);
void catalog(std::string_view input);
void checkpoint(std::string_view input);
void csv(std::string_view input);
void data_json(std::string_view input);
void events(std::string_view input);
void idx(std::string_view input);
void image(std::string_view input);
void imdb(std::string_view input);
void imdb_cache(std::string_view input);
void metrics(std::string_view input);
void npy(std::string_view input);
void npz(std::string_view input);
void pt(std::string_view input);
void safetensors(std::string_view input);
void summary(std::string_view input);
void sweep_csv(std::string_view input);
void table(std::string_view input);
void text(std::string_view input);
void yaml(std::string_view input);

}  // namespace vib::fuzz
