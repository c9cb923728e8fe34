#include "weft/tests/net/json.h"

#include <charconv>
#include <stdexcept>

namespace weft::net {

class Json::Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Json readAll() {
    Json value = readValue();
    skipSpaces();
    require(text_.empty());
    return value;
  }

 private:
  static void require(bool ok) {
    if (!ok) throw std::invalid_argument("not JSON");
  }

  void skipSpaces() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
  }

  bool take(std::string_view token) {
    skipSpaces();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  Json readValue() {
    Json json;
    skipSpaces();
    require(!text_.empty());
    if (take("null")) {
      json.value_ = nullptr;
    } else if (take("true")) {
      json.value_ = true;
    } else if (take("false")) {
      json.value_ = false;
    } else if (text_[0] == '"') {
      json.value_ = readString();
    } else if (take("[")) {
      json.value_ = readArray();
    } else if (take("{")) {
      json.value_ = readObject();
    } else {
      json.value_ = readNumber();
    }
    return json;
  }

  double readNumber() {
    double number = 0;
    const auto result = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    require(result.ec == std::errc());
    text_.remove_prefix(static_cast<std::size_t>(result.ptr - text_.data()));
    return number;
  }

  std::vector<Json> readArray() {
    std::vector<Json> array;
    if (take("]")) return array;
    do {
      array.push_back(readValue());
    } while (take(","));
    require(take("]"));
    return array;
  }

  Object readObject() {
    Object object;
    if (take("}")) return object;
    do {
      skipSpaces();
      std::string name = readString();
      require(take(":"));
      object.insert_or_assign(std::move(name), readValue());
    } while (take(","));
    require(take("}"));
    return object;
  }

  char takeChar() {
    require(!text_.empty());
    const char c = text_[0];
    text_.remove_prefix(1);
    return c;
  }

  std::string readString() {
    require(takeChar() == '"');
    std::string string;
    for (char c = takeChar(); c != '"'; c = takeChar()) {
      if (c != '\\') {
        string.push_back(c);
        continue;
      }
      const char escaped = takeChar();
      constexpr std::string_view kEscapes = "\"\\/bfnrt";
      constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
      const std::size_t index = kEscapes.find(escaped);
      if (index != kEscapes.npos) {
        string.push_back(kMeanings[index]);
      } else {
        require(escaped == 'u');
        appendUtf8(&string);
      }
    }
    return string;
  }

  // What follows "\u", as UTF-8; surrogates stay as they are, no test needs more.
  void appendUtf8(std::string* string) {
    require(text_.size() >= 4);
    unsigned code = 0;
    const auto result = std::from_chars(text_.data(), text_.data() + 4, code, 16);
    require(result.ec == std::errc() && result.ptr == text_.data() + 4);
    text_.remove_prefix(4);
    if (code < 0x80) {
      string->push_back(static_cast<char>(code));
    } else if (code < 0x800) {
      string->push_back(static_cast<char>(0xc0 | (code >> 6)));
      string->push_back(static_cast<char>(0x80 | (code & 0x3f)));
    } else {
      string->push_back(static_cast<char>(0xe0 | (code >> 12)));
      string->push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
      string->push_back(static_cast<char>(0x80 | (code & 0x3f)));
    }
  }

  std::string_view text_;
};

Json Json::parse(std::string_view text) { return Reader(text).readAll(); }

const Json& Json::operator[](std::string_view member) const {
  static const Json kMissing;
  const Object* object = std::get_if<Object>(&value_);
  if (object == nullptr) return kMissing;
  const auto found = object->find(member);
  return found == object->end() ? kMissing : found->second;
}

}  // namespace weft::net
