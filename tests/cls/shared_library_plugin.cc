// A library that uses contexts and is loaded while the program runs; see shared_library_test.cc.

#include <cstddef>
#include <string>

#include "weft/cls/cls.h"

extern "C" {

void pluginCreate(const char* name) { weft::cls::createNamespace(name); }

bool pluginKnows(const char* name) { return static_cast<bool>(weft::cls::getNamespace(name)); }

std::size_t pluginCounts() { return weft::cls::namespaces().size(); }

// What the plugin reads under `key`, which this is a string's, in the caller's context; 0 if
// nothing.
int pluginReads(const char* name, const char* key) {
  const weft::cls::Namespace ns = weft::cls::getNamespace(name);
  const int* value = ns ? ns.get<int>(key) : nullptr;
  return value != nullptr ? *value : 0;
}

// Calls back inside a run of the plugin's, with `key` set.
void pluginRuns(const char* name, const char* key, int value, void (*fn)(void*), void* arg) {
  const weft::cls::Namespace ns = weft::cls::getOrCreate(name);
  ns.run([&] {
    ns.set(std::string(key), value);
    fn(arg);
  });
}
}
