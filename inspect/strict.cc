#include "weft/inspect/strict.h"

#include "weft/cls/holders.h"
#include "weft/cls/registry.h"
#include "weft/cls/values.h"
#include "weft/inspect/internal/chain.h"
#include "weft/inspect/internal/text.h"

namespace weft::inspect {

using internal::cat;
using internal::withArticle;

Strict::Strict(EventLoop& loop, ReportLine report) : loop_(loop), report_(std::move(report)) {
  loop_.addObserver(*this);
}

Strict::~Strict() { loop_.removeObserver(*this); }

void Strict::reportOnce(cls::Location where, const std::string& line) {
  if (reported_.emplace(where.file, where.line).second) internal::give(report_, line);
}

void Strict::init(loop::AsyncId, loop::AsyncKind kind, loop::AsyncId, cls::Location where,
                  loop::FrameId frame) {
  if (frame == 0) return;
  if (kind != loop::AsyncKind::kInterval && kind != loop::AsyncKind::kWatcher) return;
  reportOnce(where, cat({"weft: ", withArticle(kind), " was set at ", where.toString(), " inside ",
                         cls::describeActive(),
                         ": it keeps the context until it is cleared; make what outlives a request "
                         "in cls::detached()"}));
}

void Strict::before(loop::AsyncId) {
  depths_.clear();
  for (const cls::Namespace& ns : cls::namespaces()) depths_.emplace_back(ns, ns.depth());
}

void Strict::after(loop::AsyncId) {
  const loop::Scheduled& callback = *loop_.currentCallback();
  for (const auto& [ns, depth] : depths_) {
    if (ns.depth() <= depth) continue;
    reportOnce(callback.where,
               cat({"weft: ", cls::describe(ns.active()), " was entered and not left in ",
                    withArticle(callback.kind), " set at ", callback.where.toString()}));
  }
}

std::size_t reportLiveContexts(const ReportLine& report) {
  const std::vector<cls::Context> living = cls::liveContextList();
  for (const cls::Context& context : living) {
    std::string line = cat({"weft: ", cls::describe(context), ", made at ",
                            cls::madeAt(context).toString(), ", has not ended; held by"});
    const char* comma = " ";
    for (cls::HolderInfo holder : cls::holders(context)) {
      // The list has a handle, too.
      if (holder.kind == "handle of the user" && --holder.count == 0) continue;
      internal::append(line, {std::exchange(comma, "; "), holder.toString()});
    }
    internal::give(report, line);
  }
  return living.size();
}

}  // namespace weft::inspect
