#include "weft/emitter/internal/signature.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace weft::emitter::internal {
namespace {

struct Spelling {
  std::string_view long_form;
  std::string_view short_form;
};

// How people write what the demangler spells out.
constexpr Spelling kSpellings[] = {
    {"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >",
     "std::string"},
    {"std::basic_string_view<char, std::char_traits<char> >", "std::string_view"},
    {"std::__exception_ptr::exception_ptr", "std::exception_ptr"},
};

}  // namespace

std::string typeName(const std::type_info& type) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  std::string name = status == 0 ? demangled.get() : type.name();
  for (const Spelling& spelling : kSpellings) {
    for (std::size_t at = 0; (at = name.find(spelling.long_form, at)) != std::string::npos;) {
      name.replace(at, spelling.long_form.size(), spelling.short_form);
    }
  }
  return name;
}

std::string joinNames(const std::vector<std::string>& names) {
  std::string joined = "(";
  for (const std::string& name : names) {
    if (joined.size() > 1) joined += ", ";
    joined += name;
  }
  return joined + ")";
}

}  // namespace weft::emitter::internal
