#include "weft/inspect/internal/exposition.h"

#include <cstddef>
#include <utility>

#include "weft/inspect/internal/text.h"

namespace weft::inspect::internal {

std::string Exposition::label(std::string_view key, std::string_view value) {
  std::string text = cat({key, "=\""});
  for (char c : value) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '\\' || c == '"') text += '\\';
      text += c;
    }
  }
  return text + "\"";
}

void Exposition::begin(std::string_view name, std::string_view type, std::string_view help,
                       std::string_view unit) {
  append(text_, {"# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"});
  if (format_ == Format::kOpenMetrics && !unit.empty()) {
    append(text_, {"# UNIT ", name, " ", unit, "\n"});
  }
}

void Exposition::counter(std::string_view name, std::string_view help, std::string_view unit) {
  sample_name_ = cat({name, "_total"});
  begin(format_ == Format::kOpenMetrics ? name : sample_name_, "counter", help, unit);
}

void Exposition::gauge(std::string_view name, std::string_view help, std::string_view unit) {
  sample_name_ = name;
  begin(name, "gauge", help, unit);
}

void Exposition::line(std::string_view name, std::string_view more_labels, double value) {
  append(text_, {name, "{", labels_, more_labels.empty() ? "" : ",", more_labels, "} ",
                 number(value), "\n"});
}

void Exposition::sample(double value, std::string_view key, std::string_view label_value) {
  line(sample_name_, key.empty() ? "" : label(key, label_value), value);
}

void Exposition::histogram(std::string_view name, std::string_view help, std::string_view unit) {
  sample_name_ = name;
  begin(name, "histogram", help, unit);
}

void Exposition::buckets(std::span<const double> bounds, std::span<const std::uint64_t> counts,
                         double sum, std::string_view key, std::string_view label_value) {
  const std::string labels = key.empty() ? "" : label(key, label_value);
  const std::string more = labels.empty() ? "" : labels + ",";
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
    // OpenMetrics wants a point in them.
    if (format_ == Format::kOpenMetrics && bound.find_first_not_of("0123456789") == bound.npos) {
      bound += ".0";
    }
    line(cat({sample_name_, "_bucket"}), more + label("le", bound), static_cast<double>(below));
  }
  line(cat({sample_name_, "_sum"}), labels, sum);
  line(cat({sample_name_, "_count"}), labels, static_cast<double>(below));
}

std::string Exposition::finish() && {
  if (format_ == Format::kOpenMetrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace weft::inspect::internal
