#include "weft/inspect/strict.h"

#include <cstdint>

#include "weft/cls/frame.h"
#include "weft/cls/holders.h"
#include "weft/cls/registry.h"
#include "weft/cls/values.h"
#include "weft/inspect/internal/chain.h"
#include "weft/inspect/internal/text.h"

namespace weft::inspect {

using internal::cat;
using internal::withArticle;

namespace {

// The loop whose callback runs is the thread's idle token, see LoopCore::token(); the loop that a
// token names lives.
bool anotherLoopRuns(const EventLoop& loop) {
  const auto token = reinterpret_cast<std::uintptr_t>(cls::idleToken()) & ~std::uintptr_t{2};
  const auto* const other = reinterpret_cast<const EventLoop*>(token);
  return other != nullptr && other != &loop && other->running();
}

}  // namespace

Strict::Strict(EventLoop& loop, ReportLine report) : loop_(loop), report_(std::move(report)) {
  loop_.addObserver(*this);
}

Strict::~Strict() { loop_.removeObserver(*this); }

void Strict::reportOnce(cls::Location where, const std::string& line) {
  const loop::Scheduled* const callback = loop_.currentCallback();
  std::string place = where.toString();
  if (callback != nullptr) place += " in " + callback->where.toString();
  if (reported_.insert(std::move(place)).second) internal::give(report_, line);
}

// ", in an immediate set at server.cc:30".
std::string Strict::runningHere() const {
  const loop::Scheduled* const callback = loop_.currentCallback();
  return callback != nullptr ? ", in " + internal::describeChain(callback, 1) : "";
}

void Strict::init(loop::AsyncId, loop::AsyncKind kind, loop::AsyncId, cls::Location where,
                  loop::FrameId frame) {
  if (frame == 0) return;
  const std::string what = cat({"weft: ", withArticle(kind), " was set at ", where.toString(),
                                " inside ", cls::describeActive(), runningHere()});
  if (anotherLoopRuns(loop_)) {
    reportOnce(where, what + ", by a callback of another loop: post() it, or do it detached");
  } else if (!where.isName() &&  // which a coroutine waits for, and no longer
             (kind == loop::AsyncKind::kInterval || kind == loop::AsyncKind::kWatcher)) {
    reportOnce(where, what +
                          ": it keeps the context until it is cleared; make what outlives a "
                          "request in cls::detached()");
  }
}

void Strict::before(loop::AsyncId) {
  depths_.clear();
  for (const cls::Namespace& ns : cls::namespaces()) depths_.emplace_back(ns, ns.depth());
}

void Strict::after(loop::AsyncId) {
  const loop::Scheduled& callback = *loop_.currentCallback();
  if (callback.where.isName()) return;  // what a coroutine enters is its own
  for (const auto& [ns, depth] : depths_) {
    if (ns.depth() <= depth) continue;
    reportOnce(callback.where,
               cat({"weft: ", cls::describe(ns.active()), " was entered and not left in ",
                    internal::describeChain(&callback, 1)}));
  }
}

std::size_t reportLiveContexts(const ReportLine& report) {
  const std::vector<cls::Context> living = cls::liveContextList();
  for (const cls::Context& context : living) {
    std::string line = cat({"weft: ", cls::describe(context), ", made at ",
                            cls::madeAt(context).toString(), ", has not ended; held by"});
    const char* comma = " ";
    for (const cls::HolderInfo& holder : cls::holders(context)) {
      internal::append(line, {std::exchange(comma, "; "), holder.toString()});
    }
    internal::give(report, line);
  }
  return living.size();
}

ExitReport::ExitReport(ReportLine report) : report_(std::move(report)) { cls::setTracking(true); }

ExitReport::~ExitReport() {
  cls::setTracking(false);
  reportLiveContexts(report_);
}

}  // namespace weft::inspect
