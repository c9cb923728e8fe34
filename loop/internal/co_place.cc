#include "weft/loop/internal/co_place.h"

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/debugging/symbolize.h"

namespace weft::loop::internal {

namespace {

std::string nameOf(const void* code) {
  std::array<char, 512> buffer;
  if (!absl::Symbolize(code, buffer.data(), static_cast<int>(buffer.size()))) return "a coroutine";
  std::string name(buffer.data());
  // What compilers add to the function that they make of a coroutine's body.
  for (std::string_view suffix : {" [clone .actor]", " [clone .resume]", ".actor", ".resume"}) {
    if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  }
  return name;
}

struct Places {
  std::mutex mutex;
  std::map<CoCallers, std::string> texts;  // never removed: locations point to them
};

}  // namespace

cls::Location placeOf(const CoCallers& callers) {
  // The same few again and again.
  struct Known {
    CoCallers callers{};
    const char* text = nullptr;
  };
  thread_local std::array<Known, 64> recent;
  const auto hash = reinterpret_cast<std::uintptr_t>(callers[0]) >> 4;
  Known& known = recent[hash % recent.size()];
  if (known.text != nullptr && known.callers == callers) return cls::Location::named(known.text);

  static Places& places = *new Places;
  const std::lock_guard<std::mutex> lock(places.mutex);
  const auto [place, is_new] = places.texts.try_emplace(callers);
  if (is_new) {
    for (const void* code : callers) {
      if (code == nullptr) break;
      if (!place->second.empty()) place->second += ", called by ";
      place->second += nameOf(code);
    }
  }
  known = {callers, place->second.c_str()};
  return cls::Location::named(known.text);
}

}  // namespace weft::loop::internal
