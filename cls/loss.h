// What is known of a context that should be there and is not.
//
// Namespace::require() ends its message with it. Whoever watches what is scheduled (inspect's
// LostContexts) sets the explainer; without one nothing is known.
//
// Threads: each has an explainer of its own.

#ifndef WEFT_CLS_LOSS_H_
#define WEFT_CLS_LOSS_H_

#include <functional>
#include <string>

#include "weft/cls/config.h"
#include "weft/cls/namespace.h"

namespace weft::cls::inline WEFT_CLS_ABI {

// Says in a sentence where the context of the namespace was lost; empty if it does not know.
using LossExplainer = std::function<std::string(const Namespace&)>;

// Null: none. Returns the one before, which the caller puts back at its end.
LossExplainer setLossExplainer(LossExplainer explainer);
std::string explainLoss(const Namespace& ns);

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_LOSS_H_
