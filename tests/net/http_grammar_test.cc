#include "weft/net/internal/http_grammar.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::net::internal {
namespace {

std::vector<std::string> elementsOf(std::string_view list) {
  std::vector<std::string> elements;
  forEachElement(list, [&](std::string_view element) { elements.emplace_back(element); });
  return elements;
}

TEST(HttpGrammarTest, FindsTheFirstControlCharacterWhereverItStands) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string plain(size, '\x80');
    EXPECT_EQ(findControl(plain.data(), plain.data() + size), plain.data() + size);
    for (std::size_t at = 0; at < size; ++at) {
      std::string text = plain;
      text[at] = '\r';
      text.back() = at + 1 == size ? '\r' : '\0';
      EXPECT_EQ(findControl(text.data(), text.data() + size) - text.data(),
                static_cast<std::ptrdiff_t>(at));
    }
  }
}

TEST(HttpGrammarTest, TakesTabsAndObsTextForText) {
  for (int c = 0; c < 256; ++c) {
    const std::string text(40, static_cast<char>(c));
    const bool control = (c < 0x20 && c != '\t') || c == 0x7f;
    EXPECT_EQ(findControl(text.data(), text.data() + 40) == text.data(), control) << c;
    EXPECT_EQ(isFieldValue(text), !control) << c;
  }
}

TEST(HttpGrammarTest, FindsTheEndOfARunAsATableDoes) {
  struct Finder {
    const char* (*find)(const char*, const char*);
    std::uint8_t classes;
    char inside;
  };
  for (const Finder& finder :
       {Finder{findControl, kFieldChar, ' '}, Finder{findNonTarget, kTargetChar, '/'},
        Finder{findNonToken, kTokenChar, 'x'}, Finder{findNonToken, kTokenChar, '!'},
        Finder{findNonHost, kHostChar, '.'}}) {
    for (const std::size_t size : {1, 7, 8, 15, 16, 17, 33}) {
      for (std::size_t at = 0; at != size; ++at) {
        std::string text(size, finder.inside);
        const char* const begin = text.data();
        for (int c = 0; c < 256; ++c) {
          text[at] = static_cast<char>(c);
          EXPECT_EQ(finder.find(begin, begin + size), findNot(finder.classes, begin, begin + size))
              << c << " at " << at << " of " << size;
        }
      }
    }
  }
}

TEST(HttpGrammarTest, KnowsFieldsInAnyCaseAndNoOthers) {
  const std::vector<std::pair<std::string, KnownField>> known = {
      {"host", KnownField::kHost},
      {"date", KnownField::kDate},
      {"expect", KnownField::kExpect},
      {"upgrade", KnownField::kUpgrade},
      {"connection", KnownField::kConnection},
      {"content-length", KnownField::kContentLength},
      {"transfer-encoding", KnownField::kTransferEncoding},
  };
  for (const auto& [name, field] : known) {
    EXPECT_EQ(knownField(name), field) << name;
    for (std::size_t at = 0; at != name.size(); ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string other = name;
        other[at] = static_cast<char>(c);
        if (!isToken(other)) continue;
        EXPECT_EQ(knownField(other) == field, equalsIgnoreCase(other, name)) << other;
      }
    }
    EXPECT_EQ(knownField(name + "s"), KnownField::kNone) << name;
    EXPECT_EQ(knownField(name.substr(1)), KnownField::kNone) << name;
  }
}

TEST(HttpGrammarTest, SplitsListsAtCommas) {
  EXPECT_EQ(elementsOf("a, b\t,c d"), (std::vector<std::string>{"a", "b", "c d"}));
  EXPECT_EQ(elementsOf(",a,"), (std::vector<std::string>{"", "a", ""}));
  EXPECT_EQ(elementsOf(""), (std::vector<std::string>{""}));
}

TEST(HttpGrammarTest, ReadsNumbersUpTo63Bits) {
  EXPECT_EQ(parseContentLength("9223372036854775807"), 9223372036854775807u);
  EXPECT_EQ(parseContentLength("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parseContentLength("99999999999999999999"), std::nullopt);
  EXPECT_EQ(parseContentLength("007"), 7u);
  EXPECT_EQ(parseContentLength(""), std::nullopt);
  EXPECT_EQ(parseHex("7fffffffffffffff"), 9223372036854775807u);
  EXPECT_EQ(parseHex("8000000000000000"), std::nullopt);
  EXPECT_EQ(parseHex("10000000000000000"), std::nullopt);
  EXPECT_EQ(parseHex("aB"), 171u);
  EXPECT_EQ(parseHex(""), 0u);
}

}  // namespace
}  // namespace weft::net::internal
