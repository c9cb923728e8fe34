// All of continuation-local storage in one include: namespaces, contexts, keys, the registry.

#ifndef WEFT_CLS_CLS_H_
#define WEFT_CLS_CLS_H_

#include "weft/cls/bound.h"       // IWYU pragma: export
#include "weft/cls/callable.h"    // IWYU pragma: export
#include "weft/cls/context.h"     // IWYU pragma: export
#include "weft/cls/errors.h"      // IWYU pragma: export
#include "weft/cls/frame.h"       // IWYU pragma: export
#include "weft/cls/function.h"    // IWYU pragma: export
#include "weft/cls/held_error.h"  // IWYU pragma: export
#include "weft/cls/holders.h"     // IWYU pragma: export
#include "weft/cls/key.h"         // IWYU pragma: export
#include "weft/cls/loss.h"        // IWYU pragma: export
#include "weft/cls/namespace.h"   // IWYU pragma: export
#include "weft/cls/registry.h"    // IWYU pragma: export
#include "weft/cls/snapshot.h"    // IWYU pragma: export
#include "weft/cls/values.h"      // IWYU pragma: export
#include "weft/cls/variable.h"    // IWYU pragma: export

#endif  // WEFT_CLS_CLS_H_
