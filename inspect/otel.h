// OtelContextStorage: keeps OpenTelemetry's current context in weft's frames, so that spans follow
// requests through callbacks as everything else does.
//
//   namespace otel = opentelemetry::context;
//   otel::RuntimeContext::SetRuntimeContextStorage(
//       otel::nostd::shared_ptr<otel::RuntimeContextStorage>(
//           new weft::inspect::OtelContextStorage<otel::RuntimeContextStorage>));
//
// `Storage` is opentelemetry::context::RuntimeContextStorage, or what has the same virtual
// functions: GetCurrent(), Attach(context), Detach(token), and CreateToken(context) for us.
// OpenTelemetry's headers are not needed to build weft, and weft is tested against a stand-in of
// the same interface, not against the library itself.
//
// A context that is attached is current until it is detached, or the running callback ends; what
// was scheduled meanwhile has it.
//
// Threads: any; each has its own current context.

#ifndef WEFT_INSPECT_OTEL_H_
#define WEFT_INSPECT_OTEL_H_

#include <type_traits>
#include <utility>
#include <vector>

#include "weft/cls/context.h"
#include "weft/cls/errors.h"
#include "weft/cls/key.h"
#include "weft/cls/namespace.h"
#include "weft/cls/registry.h"

namespace weft::inspect {

template <typename Storage>
class OtelContextStorage final : public Storage {
  using Context = std::decay_t<decltype(std::declval<Storage&>().GetCurrent())>;
  using TokenPtr = decltype(std::declval<Storage&>().Attach(std::declval<const Context&>()));
  using Token = std::decay_t<decltype(*std::declval<TokenPtr&>())>;

 public:
  Context GetCurrent() noexcept override {
    const Context* const current = namespace_.get(key_);
    return current != nullptr ? *current : Context();
  }

  TokenPtr Attach(const Context& context) noexcept override {
    cls::Context entered = namespace_.createContext();
    entered.set(key_, context);
    namespace_.enter(entered);
    return this->CreateToken(context);
  }

  // False if its context is not the current one or one around it. Those inside of it are detached.
  bool Detach(Token& token) noexcept override {
    std::vector<cls::Context> inner;
    for (cls::Context at = namespace_.active(); at; at = at.parent()) {
      inner.push_back(at);
      const Context* const own = at.getOwn(key_);
      if (own == nullptr || !(token == *own)) continue;
      return leave(inner);
    }
    return false;
  }

 private:
  // False if one of them was entered in another callback: there it ended by itself.
  bool leave(const std::vector<cls::Context>& contexts) noexcept {
    try {
      for (const cls::Context& entered : contexts) namespace_.exit(entered);
      return true;
    } catch (const UsageError&) {
      return false;
    }
  }

  const cls::Namespace namespace_ = cls::createAnonymousNamespace();
  const cls::PrivateKey<Context> key_;
};

}  // namespace weft::inspect

#endif  // WEFT_INSPECT_OTEL_H_
