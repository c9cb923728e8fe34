#include "weft/cls/values.h"

#include <map>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "absl/strings/escaping.h"
#include "weft/cls/registry.h"

#if WEFT_CLS
#include "weft/cls/internal/thread_data.h"
#endif

namespace weft::cls::inline WEFT_CLS_ABI {

#if WEFT_CLS

namespace {

std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 80;
  const std::string shown(text.substr(0, kMost));
  return "\"" + absl::Utf8SafeCEscape(shown) + (text.size() > kMost ? "...\"" : "\"");
}

template <typename T>
bool tryNumber(const internal::Entry& entry, std::string& text) {
  if (*entry.ops->type != typeid(T)) return false;
  text = std::to_string(*static_cast<const T*>(entry.value));
  return true;
}

template <typename... T>
bool tryNumbers(const internal::Entry& entry, std::string& text) {
  return (tryNumber<T>(entry, text) || ...);
}

std::string textOf(const internal::Entry& entry) {
  const std::type_info& type = *entry.ops->type;
  if (type == typeid(std::string)) return quoted(*static_cast<const std::string*>(entry.value));
  if (type == typeid(std::string_view)) {
    return quoted(*static_cast<const std::string_view*>(entry.value));
  }
  if (type == typeid(bool)) return *static_cast<const bool*>(entry.value) ? "true" : "false";
  std::string text;
  if (tryNumbers<int, unsigned, long, unsigned long, long long, unsigned long long, short,
                 unsigned short, float, double>(entry, text)) {
    return text;
  }
  return std::string("<") + type.name() + ">";
}

void addValues(const internal::Entry* first, std::map<std::string, std::string>& values) {
  for (const internal::Entry* entry = first; entry != nullptr; entry = entry->next) {
    std::string key = internal::nameOfKey(entry->key);
    if (!key.empty()) values.try_emplace(std::move(key), textOf(*entry));
  }
}

}  // namespace

std::vector<NamedValue> valuesOf(const Context& context) {
  std::map<std::string, std::string> values;
  for (const auto* core = internal::coreOf(context); core != nullptr; core = core->parent) {
    addValues(core->entries, values);
    if (core->extras != nullptr && core->extras->frozen != nullptr) {
      addValues(core->extras->frozen->entries, values);
    }
  }
  std::vector<NamedValue> result;
  for (const auto& [key, text] : values) result.push_back({key, text});
  return result;
}

std::string describe(const Context& context) {
  if (!context) return "";
  std::string text = internal::coreOf(context)->ns->name + "{";
  const char* comma = "";
  for (const NamedValue& value : valuesOf(context)) {
    text += std::exchange(comma, ", ") + value.key + "=" + value.text;
  }
  return text + "}";
}

#else

std::vector<NamedValue> valuesOf(const Context&) { return {}; }
std::string describe(const Context&) { return ""; }

#endif

std::string describeActive() {
  std::string text;
  for (const Namespace& ns : namespaces()) {
    const Context active = ns.active();
    if (!active) continue;
    if (!text.empty()) text += " ";
    text += describe(active);
  }
  return text;
}

}  // namespace weft::cls::inline WEFT_CLS_ABI
