// The registry of namespaces: one for the process, by name.
//
//   auto request = cls::createNamespace("request");
//   auto same = cls::getNamespace("request");  // anywhere else
//
// Creating a name again puts a new namespace in the registry's place; the old one works on for
// whoever holds it. Destroying a namespace stops propagation: the running callback goes on
// undisturbed, what was captured before stays valid, and what is captured afterwards leaves it out.
//
// Threads: all.

#ifndef WEFT_CLS_REGISTRY_H_
#define WEFT_CLS_REGISTRY_H_

#include <string_view>
#include <vector>

#include "weft/cls/config.h"
#include "weft/cls/namespace.h"

namespace weft::cls::inline WEFT_CLS_ABI {

// A new namespace under `name`. Throws UsageError if the name is empty.
Namespace createNamespace(std::string_view name);
// A new namespace that is in no registry, for libraries and tests.
Namespace createAnonymousNamespace();
// The registered namespace, or false.
Namespace getNamespace(std::string_view name) noexcept;
// The registered namespace, made if there is none.
Namespace getOrCreate(std::string_view name);
// Takes the namespace out of the registry and stops its propagation. Throws UsageError if the name
// is unknown (or was destroyed already).
void destroyNamespace(std::string_view name);
// The same for a namespace that is registered under no name, or replaced. Throws UsageError if it
// was destroyed already.
void destroyNamespace(const Namespace& ns);
// Destroys each registered namespace. Never throws.
void reset() noexcept;
// The registered namespaces, by name.
std::vector<Namespace> namespaces();

}  // namespace weft::cls::inline WEFT_CLS_ABI

namespace weft {
using cls::createNamespace;
using cls::destroyNamespace;
using cls::getNamespace;
}  // namespace weft

#endif  // WEFT_CLS_REGISTRY_H_
