// Writes metrics as Prometheus reads them: in its text format, or in OpenMetrics.
//
// The two differ in how a counter's family is named (with or without `_total`), in the line of its
// unit, and in the end mark. Families are written one after the other, samples inside of them.

#ifndef WEFT_INSPECT_INTERNAL_EXPOSITION_H_
#define WEFT_INSPECT_INTERNAL_EXPOSITION_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weft::inspect::internal {

class Exposition {
 public:
  enum class Format { kPrometheus, kOpenMetrics };
  // `labels`, as `loop="main"`, stand at every sample; see label().
  Exposition(Format format, std::string labels) : format_(format), labels_(std::move(labels)) {}

  // Begins a family. `name` is that of its samples without `_total`; a unit is the name's end.
  void counter(std::string_view name, std::string_view help, std::string_view unit = "");
  void gauge(std::string_view name, std::string_view help, std::string_view unit = "");

  // A sample of the family that was begun last, with a further label if `key` is not empty.
  void sample(double value, std::string_view key = "", std::string_view label_value = "");
  void histogram(std::string_view name, std::string_view help, std::string_view unit = "");
  // A histogram of that family: `counts` has one more entry than `bounds`, and is not cumulative.
  void buckets(std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum,
               std::string_view key = "", std::string_view label_value = "");

  // All of it; nothing may be added afterwards.
  std::string finish() &&;

  // `key="value"` with what must be escaped escaped.
  static std::string label(std::string_view key, std::string_view value);

 private:
  void begin(std::string_view name, std::string_view type, std::string_view help,
             std::string_view unit);
  void line(std::string_view name, std::string_view more_labels, double value);

  const Format format_;
  const std::string labels_;
  std::string sample_name_;
  std::string text_;
};

}  // namespace weft::inspect::internal

#endif  // WEFT_INSPECT_INTERNAL_EXPOSITION_H_
