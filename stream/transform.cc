#include "weft/stream/transform.h"

#include "absl/cleanup/cleanup.h"

namespace weft::stream {

void Transform::writeSome() {
  if (scheduled_ || full_) return;
  scheduled_ = true;
  defer([this] {
    scheduled_ = false;
    work();
  });
}

void Transform::readMore() {
  full_ = false;
  writeSome();
}

void Transform::work() {
  absl::Cleanup go_on = [this] { writeSome(); };  // a listener or transform() threw
  while (!full_ && !destroyed() && !queue().empty() && (!corked() || writableEnded())) {
    consumeFront([this](std::string_view bytes) { transform(bytes); });
    full_ = !wantsMore();
  }
  std::move(go_on).Cancel();
  if (destroyed() || !queue().empty() || !writableEnded() || pushedEnd()) return;
  flush();
  if (destroyed()) return;
  pushEnd();
  finished();
}

void Transform::closeIfDone() {
  if (readableEnded() && writableFinished()) destroy();
}

}  // namespace weft::stream
