#include "weft/tests/conformance/compare.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "weft/cls/cls.h"
#include "weft/tests/conformance/model.h"
#include "weft/tests/conformance/player.h"

namespace weft::conformance {
namespace {

bool isEnd(const TraceLine& line) { return line.first == "end"; }

void sortEnds(Trace& trace) {
  for (auto at = trace.begin(); at != trace.end();) {
    at = std::find_if(at, trace.end(), isEnd);
    const auto last = std::find_if_not(at, trace.end(), isEnd);
    std::sort(at, last);
    at = last;
  }
}

std::string firstDifference(const Trace& expected, const Trace& actual) {
  if (expected == actual) return "";
  const auto [e, a] = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  auto show = [](const Trace& trace, Trace::const_iterator at) {
    return at == trace.end() ? "the end of the trace" : "'" + at->first + ": " + at->second + "'";
  };
  return "line " + std::to_string(e - expected.begin()) + ": expected " + show(expected, e) +
         ", got " + show(actual, a);
}

bool differs(const Program& program) {
  try {
    return !compareWithModel(program).difference.empty();
  } catch (...) {
    return false;  // a part that makes no sense by itself
  }
}

// Tries to do without each statement of `body`, which is part of `program`, and to put its own body
// in its place. True if the program became smaller.
bool shrinkBody(const Program& program, std::vector<Statement>& body) {
  bool smaller = false;
  for (std::size_t i = 0; i < body.size();) {
    const std::vector<Statement> before = body;
    body.erase(body.begin() + static_cast<std::ptrdiff_t>(i));
    if (differs(program)) {
      smaller = true;
      continue;
    }
    const std::vector<Statement>& inner = before[i].body;
    body.insert(body.begin() + static_cast<std::ptrdiff_t>(i), inner.begin(), inner.end());
    if (!inner.empty() && differs(program)) {
      smaller = true;
      continue;
    }
    body = before;
    smaller |= shrinkBody(program, body[i].body);
    ++i;
  }
  return smaller;
}

}  // namespace

Comparison compareWithModel(const Program& program) {
  ModelResult expected = model(program);
  Trace actual = Player().play(program);
  Comparison result;
  result.statements = expected.statements;
  result.ends = static_cast<std::size_t>(std::count_if(actual.begin(), actual.end(), isEnd));
  sortEnds(expected.trace);
  sortEnds(actual);
  result.difference = firstDifference(expected.trace, actual);
  if (result.difference.empty() && cls::liveContexts() != 0) {
    result.difference = std::to_string(cls::liveContexts()) + " contexts were left over";
  }
  return result;
}

Program shrink(Program program) {
  while (shrinkBody(program, program.body)) {
  }
  return program;
}

}  // namespace weft::conformance
