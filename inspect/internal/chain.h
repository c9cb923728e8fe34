// The chain of callbacks that led to one, as text.

#ifndef WEFT_INSPECT_INTERNAL_CHAIN_H_
#define WEFT_INSPECT_INTERNAL_CHAIN_H_

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>

#include "weft/loop/observer.h"

namespace weft::inspect::internal {

// One callback of a chain.
struct Link {
  loop::AsyncKind kind;
  cls::Location where;
};

// "an immediate".
std::string withArticle(loop::AsyncKind kind);

// " set at server.cc:41", or " awaited in serve(int)".
std::string placed(const cls::Location& where);

// "a timeout set at server.cc:41, by a tick set at server.cc:30"; the innermost comes first.
std::string describeChain(std::span<const Link> chain);
// The same of at most `most` callbacks.
std::string describeChain(const loop::Scheduled* callback, std::size_t most = 16);

// "152.3 ms".
std::string milliseconds(loop::Duration time);

// Gives a line to `report`, or to stderr if that is null.
template <typename Report>
void give(const Report& report, const std::string& line) {
  if (report) {
    report(line);
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

}  // namespace weft::inspect::internal

#endif  // WEFT_INSPECT_INTERNAL_CHAIN_H_
