#include "weft/inspect/internal/chain.h"

#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include "weft/inspect/internal/text.h"

namespace weft::inspect::internal {

namespace {

// Bazel compiles headers under paths of its own:
// "bin/.../_virtual_includes/socket/weft/net/socket.h".
std::string placeOf(const cls::Location& where) {
  constexpr std::string_view kVirtual = "/_virtual_includes/";
  std::string place = where.toString();
  const std::size_t at = place.find(kVirtual);
  if (at != std::string::npos) place.erase(0, place.find('/', at + kVirtual.size()) + 1);
  return place;
}

}  // namespace

std::string withArticle(loop::AsyncKind kind) {
  const std::string_view name = loop::nameOf(kind);
  const bool vowel = std::string_view("aeiou").find(name.front()) != std::string_view::npos;
  return cat({vowel ? "an " : "a ", name});
}

std::string placed(const cls::Location& where) {
  return cat({where.isName() ? " awaited in " : " set at ", placeOf(where)});
}

std::string describeChain(std::span<const Link> chain) {
  std::string text;
  for (const Link& link : chain) {
    append(text, {text.empty() ? "" : ", by ", withArticle(link.kind), placed(link.where)});
  }
  return text;
}

std::string describeChain(const loop::Scheduled* callback, std::size_t most) {
  std::vector<Link> chain;
  for (; callback != nullptr && chain.size() < most; callback = callback->parent) {
    chain.push_back({callback->kind, callback->where});
  }
  return describeChain(chain);
}

std::string milliseconds(loop::Duration time) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(time.count()) / 1e6);
  return text.data();
}

}  // namespace weft::inspect::internal
