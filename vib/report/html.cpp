#include "vib/report/html.h"

#include <fmt/format.h>

#include "vib/report/plot/format.h"

namespace vib {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark;
        --paper: #ffffff; --page: #f3f5f7; --ink: #1f2328; --muted: #59636e; --rule: #e1e4e8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161c; --page: #0b0e12; --ink: #e6e9ee; --muted: #9aa4b2; --rule: #272e38; } }
body { margin: 0; background: var(--page); color: var(--ink);
       font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1008px; margin: 0 auto; padding: 32px 16px 64px; }
h1 { margin: 0; font-size: 26px; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 17px; }
.muted { margin: 4px 0 0; color: var(--muted); }
section { margin-top: 20px; padding: 20px 24px; background: var(--paper); border: 1px solid var(--rule);
          border-radius: 8px; overflow-x: auto; }
svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 0 5px 20px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
th { font-weight: 600; } td:first-child { color: var(--muted); }
tr:last-child td { border-bottom: 0; }
pre { margin: 0; font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
a { color: inherit; }
ul { margin: 0; padding: 0; list-style: none; columns: 22em; }
)";

std::string row_of(const std::vector<std::string>& cells, std::string_view tag) {
  std::string row = "<tr>";
  for (const std::string& cell : cells) row += fmt::format("<{0}>{1}</{0}>", tag, escape_markup(cell));
  return row + "</tr>\n";
}

}  // namespace

std::string html_page(std::string_view title, std::string_view subtitle, std::string_view body) {
  return fmt::format(R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{0}</title>
<style>{1}</style>
</head>
<body>
<main>
<h1>{0}</h1>
<p class="muted">{2}</p>
{3}</main>
</body>
</html>
)",
                     escape_markup(title), kStyle, escape_markup(subtitle), body);
}

std::string html_section(std::string_view title, std::string_view content) {
  return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", escape_markup(title), content);
}

std::string html_note(std::string_view content) { return fmt::format("<p class=\"muted\">{}</p>\n", content); }

std::string html_sources(const std::vector<std::string>& names) {
  std::string links;
  for (const std::string& name : names) {
    links += fmt::format("{0}<a href=\"{1}.svg\">{1}.svg</a> (numbers: <a href=\"{1}.csv\">{1}.csv</a>)",
                         links.empty() ? "" : ", ", name);
  }
  return html_note("As files: " + links + ".");
}

std::string html_table(const TextTable& table) {
  std::string html = "<table>\n<thead>" + row_of(table.header, "th") + "</thead>\n<tbody>\n";
  for (const auto& row : table.rows) html += row_of(row, "td");
  return html + "</tbody>\n</table>\n";
}

}  // namespace vib
