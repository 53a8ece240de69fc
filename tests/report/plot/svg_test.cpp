#include "vib/report/plot/svg.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <regex>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/report/plot/markup.h"
#include "vib/core/utf8.h"
#include "vib/report/plot/format.h"

namespace vib {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Point {
  double x, y;
};

struct Size {
  double width, height;
};

Plot plot_of(std::vector<double> x, std::vector<double> y, AxisScale x_scale = AxisScale::kLinear,
             AxisScale y_scale = AxisScale::kLinear) {
  return {"Title", {"x (unit)", x_scale}, {"y (unit)", y_scale}, {{"name", std::move(x), std::move(y)}}};
}

/// The data part of an SVG: what stands in the group of the series with this colour, the legend left out.
std::string drawn_in(const std::string& svg, int color) {
  const std::string open = "<g class=\"c" + std::to_string(color) + "\">\n";
  const auto first = svg.find(open);
  if (first == std::string::npos) return "";
  return svg.substr(first + open.size(), svg.find("</g>", first) - first - open.size());
}

/// The corners of every path of a series, path by path.
std::vector<std::vector<Point>> paths_in(const std::string& group) {
  static const std::regex kPoint("[ML]([0-9.]+) ([0-9.]+)");
  const std::string open = " d=\"";
  std::vector<std::vector<Point>> paths;
  for (auto path = group.find(open); path != group.npos; path = group.find(open, path + 1)) {
    const auto d = group.substr(path + open.size(), group.find('"', path + open.size()) - path - open.size());
    auto& points = paths.emplace_back();
    for (std::sregex_iterator at(d.begin(), d.end(), kPoint), end; at != end; ++at) {
      points.push_back({std::stod((*at)[1]), std::stod((*at)[2])});
    }
  }
  return paths;
}

std::vector<Point> circles_in(const std::string& group) {
  static const std::regex kCircle(R"re(<circle cx="([0-9.]+)" cy="([0-9.]+)")re");
  std::vector<Point> points;
  for (std::sregex_iterator at(group.begin(), group.end(), kCircle), end; at != end; ++at) {
    points.push_back({std::stod((*at)[1]), std::stod((*at)[2])});
  }
  return points;
}

/// Where the texts stand whose content matches.
std::vector<Point> texts_in(const std::string& svg, const std::string& content) {
  const std::regex text("<text [^>]*x=\"([0-9.]+)\" y=\"([0-9.]+)\"[^>]*>" + content + "</text>");
  std::vector<Point> points;
  for (std::sregex_iterator at(svg.begin(), svg.end(), text), end; at != end; ++at) {
    points.push_back({std::stod((*at)[1]), std::stod((*at)[2])});
  }
  return points;
}

TEST(Svg, EqualStepsAreEquallyFarApart) {
  const auto paths = paths_in(drawn_in(to_svg(plot_of({0, 1, 2, 3}, {10, 20, 30, 40})), 0));
  ASSERT_THAT(paths, ElementsAre(SizeIs(4)));
  for (int i = 1; i < 4; ++i) {
    EXPECT_NEAR(paths[0][i].x - paths[0][i - 1].x, paths[0][1].x - paths[0][0].x, 0.02);
    EXPECT_NEAR(paths[0][i - 1].y - paths[0][i].y, paths[0][0].y - paths[0][1].y, 0.02);
  }
  EXPECT_GT(paths[0][1].x, paths[0][0].x);
  EXPECT_LT(paths[0][1].y, paths[0][0].y) << "larger values stand higher";
}

TEST(Svg, EqualRatiosAreEquallyFarApartOnALogAxis) {
  const auto paths = paths_in(
      drawn_in(to_svg(plot_of({1e-6, 1e-4, 1e-2, 1}, {1, 10, 100, 1000}, AxisScale::kLog, AxisScale::kLog)), 0));
  ASSERT_THAT(paths, ElementsAre(SizeIs(4)));
  for (int i = 1; i < 4; ++i) {
    EXPECT_NEAR(paths[0][i].x - paths[0][i - 1].x, paths[0][1].x - paths[0][0].x, 0.02);
    EXPECT_NEAR(paths[0][i - 1].y - paths[0][i].y, paths[0][0].y - paths[0][1].y, 0.02);
  }
}

TEST(Svg, TicksStandWhereTheirValuesAre) {
  const std::string svg = to_svg(plot_of({0, 10}, {0, 100}));
  const auto line = paths_in(drawn_in(svg, 0)).at(0);
  const auto at_zero = texts_in(svg, "0"), at_ten = texts_in(svg, "10"), at_hundred = texts_in(svg, "100");
  ASSERT_THAT(at_zero, SizeIs(2));
  ASSERT_THAT(at_ten, SizeIs(1));
  ASSERT_THAT(at_hundred, SizeIs(1));
  EXPECT_NEAR(at_ten[0].x, line[1].x, 0.02);
  EXPECT_NEAR(at_hundred[0].y - 4, line[1].y, 0.02);
}

TEST(Svg, WhatIsNotANumberLeavesAGap) {
  const std::string svg =
      to_svg(plot_of({1, 2, 3, 4, 5, 6}, {1, 2, kNaN, 4, 5, std::numeric_limits<double>::infinity()}));
  EXPECT_THAT(paths_in(drawn_in(svg, 0)), ElementsAre(SizeIs(2), SizeIs(2)));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(Svg, ZeroOnALogAxisLeavesAGap) {
  const auto plot = plot_of({1, 2, 3, 4, 5}, {1, 2, 0, 4, 5}, AxisScale::kLinear, AxisScale::kLog);
  EXPECT_THAT(paths_in(drawn_in(to_svg(plot), 0)), ElementsAre(SizeIs(2), SizeIs(2)));
}

TEST(Svg, APointBetweenGapsIsStillSeen) {
  const std::string group = drawn_in(to_svg(plot_of({1, 2, 3, 4}, {1, 2, kNaN, 4})), 0);
  EXPECT_THAT(circles_in(group), SizeIs(1));
  EXPECT_THAT(circles_in(drawn_in(to_svg(plot_of({3}, {7})), 0)), SizeIs(1));
}

TEST(Svg, ConstantDataLieInTheMiddle) {
  const auto constant = paths_in(drawn_in(to_svg(plot_of({1, 2}, {5, 5})), 0)).at(0);
  const auto sloped = paths_in(drawn_in(to_svg(plot_of({1, 2}, {5, 6})), 0)).at(0);
  EXPECT_NEAR(constant[0].y, (sloped[0].y + sloped[1].y) / 2, 0.02);
}

TEST(Svg, AnEmptyPlotSaysSo) {
  EXPECT_THAT(to_svg(Plot{"Title", {"x"}, {"y"}}), HasSubstr("no data"));
  EXPECT_THAT(to_svg(plot_of({1, 2}, {kNaN, kNaN})), HasSubstr("no data"));
  EXPECT_THAT(to_svg(plot_of({1}, {1})), Not(HasSubstr("no data")));
  EXPECT_TRUE(is_well_formed(to_svg(std::vector<Plot>{})));
}

TEST(Svg, BarsReachFromLowToHigh) {
  Plot plot = plot_of({1, 2}, {10, 20});
  plot.series[0].y_low = {8, 16};
  plot.series[0].y_high = {12, 30};
  plot.series[0].mark = Mark::kPoints;
  const std::string group = drawn_in(to_svg(plot), 0);
  const auto points = circles_in(group);
  ASSERT_THAT(points, SizeIs(2));
  const double unit = (points[0].y - points[1].y) / 10;  // pixels for each 1
  const auto bars = paths_in(group);                     // cap, stem, cap
  ASSERT_THAT(bars, ElementsAre(SizeIs(3), SizeIs(3)));
  EXPECT_NEAR(bars[0][0].y, points[0].y - 2 * unit, 0.05);
  EXPECT_NEAR(bars[0][2].y, points[0].y + 2 * unit, 0.05);
  EXPECT_NEAR(bars[1][0].y, points[1].y - 10 * unit, 0.05);
  EXPECT_NEAR(bars[1][2].y, points[1].y + 4 * unit, 0.05);
}

TEST(Svg, ABandClosesAroundTheLine) {
  Plot plot = plot_of({1, 2, 3}, {10, 20, 30});
  plot.series[0].y_low = {9, 18, kNaN};
  plot.series[0].y_high = {11, 22, 33};
  const auto paths = paths_in(drawn_in(to_svg(plot), 0));
  ASSERT_THAT(paths, ElementsAre(SizeIs(4), SizeIs(3)));  // the band as far as it is known, then the line
  EXPECT_NEAR((paths[0][0].y + paths[0][3].y) / 2, paths[1][0].y, 0.02);
  EXPECT_NEAR((paths[0][1].y + paths[0][2].y) / 2, paths[1][1].y, 0.02);
}

TEST(Svg, ABarThatReachesBelowALogAxisEndsAtItsFoot) {
  Plot plot = plot_of({1, 2}, {1, 100}, AxisScale::kLinear, AxisScale::kLog);
  plot.series[0].y_low = {-1, 90};
  plot.series[0].y_high = {3, 110};
  plot.series[0].mark = Mark::kPoints;
  const std::string group = drawn_in(to_svg(plot), 0);
  EXPECT_THAT(group, Not(HasSubstr("nan")));
  EXPECT_GT(paths_in(group).at(0).at(2).y, circles_in(group).at(0).y);
}

TEST(Svg, TheLegendStandsAboveTheDataAndInRowsThatFit) {
  Plot plot{"Title", {"x"}, {"y"}};
  for (int i = 0; i < 7; ++i) plot.series.push_back({fmt::format("name of number {}", i), {0, 1}, {0, 1}});
  const std::string svg = to_svg(plot);
  const auto legend = texts_in(svg, "name of number [0-9]");
  ASSERT_THAT(legend, SizeIs(7));
  for (int color = 0; color < 7; ++color) {
    const auto line = paths_in(drawn_in(svg, color)).at(0);
    EXPECT_LT(legend.back().y, std::min(line[0].y, line[1].y) - 8);
  }
  for (std::size_t i = 1; i < legend.size(); ++i) {
    EXPECT_LT(legend[i].x + 100, 640);
    if (legend[i].y == legend[i - 1].y) {
      EXPECT_GT(legend[i].x, legend[i - 1].x + 110) << "16 characters and a swatch";
    }
  }
  EXPECT_GT(legend.back().y, legend.front().y) << "seven names need a second row";
}

TEST(Svg, NamesOfNearbyReferencesStandApart) {
  Plot plot = plot_of({0, 1}, {0, 4});
  plot.references = {{"deterministic", 3.30}, {"entropy", 3.32}};
  const std::string svg = to_svg(plot);
  const auto upper = texts_in(svg, "entropy"), lower = texts_in(svg, "deterministic");
  ASSERT_THAT(upper, SizeIs(1));
  ASSERT_THAT(lower, SizeIs(1));
  EXPECT_GE(lower[0].y - upper[0].y, 12);
  const auto line = paths_in(drawn_in(svg, 0)).at(0);
  EXPECT_GT(upper[0].x, line[1].x) << "in the margin, right of the data";
}

TEST(Svg, ColoursCanBeSharedAcrossPlots) {
  Plot plot = plot_of({0, 1}, {0, 1});
  plot.series[0].color = 13;  // the palette begins again
  EXPECT_THAT(paths_in(drawn_in(to_svg(plot), 3)), SizeIs(1));
}

TEST(Svg, PanelsStayInTheirPlaces) {
  const std::vector<Plot> plots = {plot_of({0, 1}, {0, 1}), plot_of({0, 1}, {0, 1}), plot_of({0, 1}, {0, 1})};
  std::string svg = to_svg(plots);
  EXPECT_THAT(svg, HasSubstr("viewBox=\"0 0 960 620\""));
  std::vector<Point> corners;
  for (auto at = svg.find("<g class=\"c0\">\n"); at != std::string::npos; at = svg.find("<g class=\"c0\">\n")) {
    svg = svg.substr(at);
    const auto path = paths_in(drawn_in(svg, 0)).at(0);
    corners.insert(corners.end(), path.begin(), path.end());
    svg = svg.substr(1);
  }
  ASSERT_THAT(corners, SizeIs(6));
  for (int i = 0; i < 2; ++i) {
    EXPECT_NEAR(corners[2 + i].x, corners[i].x + 480, 0.02);
    EXPECT_NEAR(corners[2 + i].y, corners[i].y, 0.02);
    EXPECT_NEAR(corners[4 + i].x, corners[i].x, 0.02);
    EXPECT_NEAR(corners[4 + i].y, corners[i].y + 310, 0.02);
  }
}

TEST(Svg, BarsAlongXReachFromLowToHigh) {
  Plot plot = plot_of({10, 20}, {1, 2});
  plot.series[0].x_low = {8, kNaN};
  plot.series[0].x_high = {14, kNaN};
  plot.series[0].mark = Mark::kPoints;
  const std::string svg = to_svg(plot);
  const auto points = circles_in(drawn_in(svg, 0));
  ASSERT_THAT(points, SizeIs(2));
  const double unit = (points[1].x - points[0].x) / 10;
  const auto bars = paths_in(drawn_in(svg, 0));
  ASSERT_THAT(bars, ElementsAre(SizeIs(3)));  // cap, stem, cap of the first; the second has none
  EXPECT_NEAR(bars[0][0].x, points[0].x - 2 * unit, 0.05);
  EXPECT_NEAR(bars[0][1].y, points[0].y, 0.02);
  EXPECT_NEAR(bars[0][2].x, points[0].x + 4 * unit, 0.05);
}

TEST(Svg, FaintPointsAreSmallerAndPaler) {
  Plot plot = plot_of({1, 2}, {1, 2});
  plot.series[0].mark = Mark::kFaintPoints;
  const std::string group = drawn_in(to_svg(plot), 0);
  EXPECT_THAT(circles_in(group), SizeIs(2));
  EXPECT_THAT(paths_in(group), SizeIs(0)) << "not joined";
  EXPECT_THAT(group, HasSubstr("r=\"1.5\" fill=\"currentColor\" fill-opacity"));
}

TEST(Svg, AnOutlineClosesBetweenGaps) {
  Plot plot = plot_of({0, 2, 1, kNaN, 4, 6, 5}, {0, 0, 1, kNaN, 0, 0, 1});
  plot.series[0].mark = Mark::kOutline;
  const std::string group = drawn_in(to_svg(plot), 0);
  EXPECT_THAT(paths_in(group), ElementsAre(SizeIs(3), SizeIs(3)));
  static const std::regex kClosed(R"re( d="[^"]*Z")re");
  EXPECT_EQ(std::distance(std::sregex_iterator(group.begin(), group.end(), kClosed), std::sregex_iterator()), 2);
  EXPECT_THAT(circles_in(group), SizeIs(0));
}

TEST(Svg, OnEqualScalesACircleIsRound) {
  // Four corners of a square, far wider to one side than high: without equal scales the sides would differ.
  Plot plot = plot_of({0, 1, 1, 0, 10}, {0, 0, 1, 1, 0});
  plot.equal_scale = true;
  const auto line = paths_in(drawn_in(to_svg(plot), 0)).at(0);
  EXPECT_NEAR(line[1].x - line[0].x, line[1].y - line[2].y, 0.03);
  EXPECT_LT(line[4].x, 640) << "all of it within the picture";
  plot.series[0].y = {0, 0, 10, 10, 100};  // and now far higher
  plot.series[0].x = {0, 10, 10, 0, 0};
  const auto high = paths_in(drawn_in(to_svg(plot), 0)).at(0);
  EXPECT_NEAR(high[1].x - high[0].x, high[1].y - high[2].y, 0.03);
  EXPECT_GT(high[4].y, 0);
}

TEST(Svg, LabelsStandBesideTheirPointsAsFarAsThereIsRoom) {
  Plot plot = plot_of({0, 5, 5.01, 10}, {0, 5, 5, 10});
  plot.series[0].mark = Mark::kPoints;
  plot.series[0].labels = {"at zero", "at five", "as well", "at ten"};
  const std::string svg = to_svg(plot);
  const auto points = circles_in(drawn_in(svg, 0));
  const auto zero = texts_in(svg, "at zero"), five = texts_in(svg, "at five");
  ASSERT_THAT(zero, SizeIs(1));
  ASSERT_THAT(five, SizeIs(1));
  EXPECT_NEAR(zero[0].x, points[0].x + 6, 0.02);
  EXPECT_NEAR(five[0].y, points[1].y + 14, 0.02);
  EXPECT_THAT(texts_in(svg, "at ten"), SizeIs(0)) << "the edges are too near";
}

TEST(Svg, LabelsCoverNoReferenceAndNoOtherLabel) {
  Plot plot = plot_of({0, 5, 10}, {0, 5, 10});
  plot.series[0].mark = Mark::kPoints;
  plot.series[0].labels = {"", "label", ""};
  const auto free = texts_in(to_svg(plot), "label");
  ASSERT_THAT(free, SizeIs(1));
  plot.references = {{"r", 4.7}};  // runs through that place
  const auto moved = texts_in(to_svg(plot), "label");
  ASSERT_THAT(moved, SizeIs(1));
  EXPECT_LT(moved[0].y, free[0].y - 15);
  plot.series[0].labels[2] = std::string(200, 'x');
  EXPECT_THAT(texts_in(to_svg(plot), "x+"), SizeIs(0)) << "wider than the picture";
}

TEST(Svg, ANeutralSeriesIsInTheColourOfTheText) {
  Plot plot = plot_of({0, 1}, {0, 1});
  plot.series[0].color = kNeutral;
  EXPECT_THAT(to_svg(plot), HasSubstr("<g class=\"ink\">\n<path"));
}

TEST(Svg, IsWellFormedWhateverTheNames) {
  Plot plot = plot_of({1, 2}, {1, 2});
  plot.title = "a < b & \"c\"";
  plot.series[0].name = "</text><script>alert(1)</script>";
  plot.references = {{"x > \x01 1", 1.5}};
  const std::string svg = to_svg(plot);
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, HasSubstr("a &lt; b &amp; &quot;c&quot;"));
}

TEST(Svg, IsTheSameBytesInEveryLocale) {
  Plot plot = plot_of({1, 2, 3}, {1e4, 2.5e4, 1e5});
  plot.references = {{"reference", 12'345.678}};
  const std::string svg = to_svg(plot), csv = to_csv(plot);
  const CommaLocale german;
  EXPECT_EQ(to_svg(plot), svg);
  EXPECT_EQ(to_csv(plot), csv);
}

TEST(Svg, EveryColourStandsOutFromItsPaper) {
  const auto luminance = [](unsigned rgb) {
    const auto linear = [](unsigned byte) {
      const double c = byte / 255.0;
      return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8 & 255) + 0.0722 * linear(rgb & 255);
  };
  const std::string svg = to_svg(plot_of({1}, {1}));
  const auto dark_from = svg.find("prefers-color-scheme: dark");
  ASSERT_NE(dark_from, std::string::npos);
  for (const std::string& style : {svg.substr(0, dark_from), svg.substr(dark_from)}) {
    static const std::regex kRule(R"(\.(paper|ink|muted|c\d) \{ color: #([0-9a-f]{6}))");
    double paper = 0;
    int colors = 0;
    for (std::sregex_iterator rule(style.begin(), style.end(), kRule), end; rule != end; ++rule) {
      const double own = luminance(static_cast<unsigned>(std::stoul((*rule)[2], nullptr, 16)));
      const std::string name = (*rule)[1];
      if (name == "paper") {
        paper = own;
        continue;
      }
      const double contrast = (std::max(own, paper) + 0.05) / (std::min(own, paper) + 0.05);
      EXPECT_GE(contrast, name[0] == 'c' ? 3.0 : 4.5) << (*rule)[0];  // WCAG 2: shapes, text
      ++colors;
    }
    EXPECT_EQ(colors, 12);
  }
}

TEST(Svg, RefusesColumnsOfDifferentLengths) {
  EXPECT_THROW(to_svg(plot_of({1, 2}, {1})), std::invalid_argument);
  Plot plot = plot_of({1, 2}, {1, 2});
  plot.series[0].y_low = {0, 1};
  EXPECT_THROW(to_svg(plot), std::invalid_argument);
  EXPECT_THROW(to_csv(plot), std::invalid_argument);
  plot.series[0].y_high = {1, 2};
  EXPECT_NO_THROW(to_csv(plot));
  plot.series[0].x_low = {0, 1};
  EXPECT_THROW(to_csv(plot), std::invalid_argument);
  plot.series[0].x_high = {1, 2};
  EXPECT_NO_THROW(to_svg(plot));
  plot.series[0].labels = {"one"};
  EXPECT_THROW(to_svg(plot), std::invalid_argument);
}

/// The frame, by its left and bottom edge as they are drawn, and whether every text begins and ends in the picture.
void expect_room_for_data(const std::string& svg, const Size& least, const std::string& what) {
  static const std::regex kPicture("width=\"([0-9]+)\" height=\"([0-9]+)\"");
  static const std::regex kAxes(R"(<path class="muted" d="M([0-9.]+) ([0-9.]+)V([0-9.]+)H([0-9.]+)\")");
  static const std::regex kText(
      "<text class=\"[a-z ]+\" x=\"([^\"]*)\" y=\"([^\"]*)\"( text-anchor=\"[a-z]+\")?>([^<]*)<");
  std::smatch picture, axes;
  ASSERT_TRUE(std::regex_search(svg, picture, kPicture) && std::regex_search(svg, axes, kAxes)) << what;
  EXPECT_GE(std::stod(axes[4]) - std::stod(axes[1]), least.width) << what;
  EXPECT_GE(std::stod(axes[3]) - std::stod(axes[2]), least.height) << what;
  for (std::sregex_iterator at(svg.begin(), svg.end(), kText), end; at != end; ++at) {
    const double x = std::stod((*at)[1]), y = std::stod((*at)[2]);
    const double width = (*at)[3].matched ? 0 : 6 * character_count((*at)[4].str());
    EXPECT_TRUE(x >= 0 && x + width <= std::stod(picture[1])) << what << ": " << (*at)[0];
    EXPECT_TRUE(y >= 0 && y <= std::stod(picture[2])) << what << ": " << (*at)[0];
  }
}

TEST(Svg, WhateverTheNumbersAndNamesTheDataHaveRoom) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<double> numbers = {kNaN, -kInfinity, kInfinity, -1e300, -1e150, -1, 0,    1e-310,
                                       1e-9, 0.5,        1,         1e12,   1e150,  12, 1e308};
  const std::vector<std::size_t> counts = {0, 1, 3, 16, 300}, lengths = {12, 31, 500};
  std::size_t n = 0;  // takes the numbers in turn, so that every case has others
  for (const std::size_t count : counts) {
    for (const std::size_t length : lengths) {
      for (const bool many : {false, true}) {
        const std::string name(length, 'x');
        Plot plot{name, {name}, {name}};
        for (std::size_t i = 0; i < count; ++i) {
          const auto next = [&] { return numbers[n++ * 7 % numbers.size()]; };
          plot.series.push_back({.name = name,
                                 .x = {next(), 1, next()},
                                 .y = {next(), 2, next()},
                                 .y_low = {next(), next(), next()},
                                 .y_high = {next(), next(), next()},
                                 .labels = {name, name, name},
                                 .mark = static_cast<Mark>(i % 6)});
          plot.references.push_back({name, next()});
        }
        plot.x.scale = count % 2 == 0 ? AxisScale::kLog : AxisScale::kLinear;
        plot.y.scale = length % 2 == 0 ? AxisScale::kLog : AxisScale::kLinear;
        plot.equal_scale = count == 3;
        const std::string what = fmt::format("{} series, names of {}, {}", count, length, many ? "panels" : "alone");
        const std::string svg = many ? to_svg(std::vector{plot, plot, plot}) : to_svg(plot);
        EXPECT_TRUE(is_well_formed(svg)) << what;
        EXPECT_THAT(svg, Not(HasSubstr("nan"))) << what;
        EXPECT_THAT(svg, Not(HasSubstr("inf"))) << what;
        expect_room_for_data(svg, many ? Size{150, 160} : Size{250, 250}, what);
      }
    }
  }
}

TEST(Svg, WhatTheLegendHasNoPlaceForIsCounted) {
  Plot plot{"Title", {"x"}, {"y"}};
  for (int i = 0; i < 30; ++i) plot.series.push_back({fmt::format("name of number {:02}", i), {0, 1}, {0, 1}});
  const std::string svg = to_svg(plot);
  EXPECT_THAT(texts_in(svg, "name of number [0-9]+"), SizeIs(24));
  EXPECT_THAT(texts_in(svg, "and 6 more"), SizeIs(1));
  EXPECT_GT(texts_in(svg, "x").at(0).y, 400) << "the picture grew";
  plot.series.clear();
  for (int i = 0; i < 30; ++i) plot.references.push_back({fmt::format("reference {:02}", i), 1.0 + i});
  plot.series.push_back({"", {0, 1}, {0, 1}});
  EXPECT_THAT(texts_in(to_svg(plot), "and [0-9]+ more"), SizeIs(1));
}

TEST(Csv, HoldsTheNumbersExactly) {
  Plot plot = plot_of({1, 0.1 + 0.2}, {1.0 / 3, 1e-300});
  plot.series[0].y_low = {0, -1};
  plot.series[0].y_high = {1, kNaN};
  plot.series.push_back({"say \"a, b\"", {7}, {kNaN}});
  plot.references = {{"H(Y)", 3.25}};
  EXPECT_EQ(to_csv(plot),
            "plot,series,x,y,y_low,y_high\n"
            "Title,name,1,0.3333333333333333,0,1\n"
            "Title,name,0.30000000000000004,1e-300,-1,\n"
            "Title,\"say \"\"a, b\"\"\",7,,,\n"
            "Title,H(Y),,3.25,,\n");
}

TEST(Csv, HoldsTheSpreadAlongXWhereThereIsOne) {
  Plot plot = plot_of({1, 2}, {3, 4});
  plot.series[0].x_low = {0.5, kNaN};
  plot.series[0].x_high = {1.5, kNaN};
  plot.series.push_back({"other", {5}, {6}});
  plot.references = {{"H(Y)", 3.25}};
  EXPECT_EQ(to_csv(plot),
            "plot,series,x,y,y_low,y_high,x_low,x_high\n"
            "Title,name,1,3,,,0.5,1.5\n"
            "Title,name,2,4,,,,\n"
            "Title,other,5,6,,,,\n"
            "Title,H(Y),,3.25,,,,\n");
}

}  // namespace
}  // namespace vib
