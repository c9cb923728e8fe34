// A reader of JSON for tests: enough for the vectors that come as lines of JSON.
//
//   const Json vector = Json::parse(line);
//   if (vector["expect"]["verdict"].string() == "accept") ...
//
// A member that is missing is null; asking a value for what it is not throws.
//
// Threads: none.

#ifndef WEFT_TESTS_NET_JSON_H_
#define WEFT_TESTS_NET_JSON_H_

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::net {

class Json {
 public:
  // Throws std::invalid_argument if `text` is not one value of JSON.
  static Json parse(std::string_view text);

  bool isNull() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool boolean() const { return std::get<bool>(value_); }
  double number() const { return std::get<double>(value_); }
  const std::string& string() const { return std::get<std::string>(value_); }
  const std::vector<Json>& array() const { return std::get<std::vector<Json>>(value_); }
  const Json& operator[](std::string_view member) const;

 private:
  class Reader;
  using Object = std::map<std::string, Json, std::less<>>;

  std::variant<std::nullptr_t, bool, double, std::string, std::vector<Json>, Object> value_;
};

}  // namespace weft::net

#endif  // WEFT_TESTS_NET_JSON_H_
