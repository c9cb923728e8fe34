// A conformance program: a tree of statements over the interface of contexts.
//
// One line of a `.jsonl` file is one program; what the statements mean is told in player.h. A
// program can come from a file (parseProgram) or from a generator that fills the structure.

#ifndef WEFT_TESTS_CONFORMANCE_PROGRAM_H_
#define WEFT_TESTS_CONFORMANCE_PROGRAM_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace weft::conformance {

enum class Op {
  kGet,
  kSet,
  kActive,
  kRun,
  kRunAndReturn,
  kCreateContext,
  kRead,
  kBind,
  kCall,
  kEnter,
  kExit,
  kThrow,
  kTry,
  kFrom,
  kTick,
  kImmediate,
  kTimeout,
  kInterval,
  kClear,
  kAsync,
  kAwait,
  kWork,
  kEmitter,
  kOn,
  kOnce,
  kOff,
  kRemoveAll,
  kEmit,
  kBindEmitter,
  kCount,
  kDestroy,
  kCreate,
  kExists,
  kWatchEnd,  // not in files: reports the end of the active context of `ns`, named by `value`
};

// The name in a file.
std::string_view nameOf(Op op);

struct Statement {
  Op op = Op::kGet;
  int number = 0;
  std::string ns;
  std::string key;
  std::string as;     // the variable that it names
  std::string name;   // the variable that it uses: ctx, fn, h, emitter
  std::string event;  // of on, once, off, removeAll, emit, count
  std::string what;   // listener of off, what of await, kind of work
  std::int64_t value = 0;
  int ms = 0;
  int times = 0;
  std::vector<Statement> body;
};

// [path, text], in the order in which things happened.
using TraceLine = std::pair<std::string, std::string>;
using Trace = std::vector<TraceLine>;

struct Program {
  std::string id;
  std::vector<std::string> namespaces;
  std::vector<Statement> body;
};

// InvalidArgument says what cannot be read.
absl::StatusOr<Program> parseProgram(std::string_view line);

// As a line of a file, with statements of this header's own under their names here.
std::string toJson(const Program& program);
// {"id": ..., "trace": [[path, text], ...]}
std::string traceToJson(const std::string& id, const Trace& trace);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_PROGRAM_H_
