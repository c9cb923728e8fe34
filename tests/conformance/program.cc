#include "weft/tests/conformance/program.h"

#include <array>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace weft::conformance {
namespace {

using Json = nlohmann::ordered_json;

// Which fields a statement must have besides `op` and `i`; kAs is never obligatory.
enum Field : unsigned {
  kNs = 1,
  kKey = 2,
  kCtx = 4,
  kFn = 8,
  kH = 16,
  kEmitter = 32,
  kEvent = 64,
  kListener = 128,
  kValue = 256,
  kMs = 512,
  kTimes = 1024,
  kBody = 2048,
  kWhat = 4096,
  kKind = 8192,
  kAs = 1 << 14,
  kMaybeCtx = 1 << 15,
};

struct Shape {
  Op op;
  std::string_view name;
  unsigned fields;
};

constexpr std::array kShapes{
    Shape{Op::kGet, "get", kNs | kKey},
    Shape{Op::kSet, "set", kNs | kKey | kValue},
    Shape{Op::kActive, "active", kNs},
    Shape{Op::kRun, "run", kNs | kBody | kAs},
    Shape{Op::kRunAndReturn, "runAndReturn", kNs | kBody | kValue},
    Shape{Op::kCreateContext, "createContext", kNs | kAs},
    Shape{Op::kRead, "read", kCtx | kKey},
    Shape{Op::kBind, "bind", kNs | kAs | kBody | kValue | kMaybeCtx},
    Shape{Op::kCall, "call", kFn},
    Shape{Op::kEnter, "enter", kNs | kCtx},
    Shape{Op::kExit, "exit", kNs | kCtx},
    Shape{Op::kThrow, "throw", kValue},
    Shape{Op::kTry, "try", kBody},
    Shape{Op::kFrom, "from", kNs | kKey},
    Shape{Op::kTick, "tick", kBody},
    Shape{Op::kImmediate, "immediate", kBody | kAs},
    Shape{Op::kTimeout, "timeout", kMs | kBody | kAs},
    Shape{Op::kInterval, "interval", kMs | kTimes | kBody | kAs},
    Shape{Op::kClear, "clear", kH},
    Shape{Op::kAsync, "async", kBody},
    Shape{Op::kAwait, "await", kWhat},
    Shape{Op::kWork, "work", kKind | kBody},
    Shape{Op::kEmitter, "emitter", kAs},
    Shape{Op::kOn, "on", kEmitter | kEvent | kAs | kBody},
    Shape{Op::kOnce, "once", kEmitter | kEvent | kAs | kBody},
    Shape{Op::kOff, "off", kEmitter | kEvent | kListener},
    Shape{Op::kRemoveAll, "removeAll", kEmitter | kEvent},
    Shape{Op::kEmit, "emit", kEmitter | kEvent},
    Shape{Op::kBindEmitter, "bindEmitter", kNs | kEmitter},
    Shape{Op::kCount, "count", kEmitter | kEvent},
    Shape{Op::kDestroy, "destroy", kNs},
    Shape{Op::kCreate, "create", kNs},
    Shape{Op::kExists, "exists", kNs},
    Shape{Op::kWatchEnd, "watchEnd", kNs | kValue},
};

const Shape& shapeOf(Op op) {
  for (const Shape& shape : kShapes) {
    if (shape.op == op) return shape;
  }
  return kShapes.front();
}

// A field that a statement keeps as text.
struct TextField {
  unsigned field;
  const char* name;
  std::string Statement::*member;
};
constexpr std::array kTextFields{
    TextField{kNs, "ns", &Statement::ns},
    TextField{kKey, "key", &Statement::key},
    TextField{kCtx, "ctx", &Statement::name},
    TextField{kMaybeCtx, "ctx", &Statement::name},
    TextField{kFn, "fn", &Statement::name},
    TextField{kH, "h", &Statement::name},
    TextField{kEmitter, "emitter", &Statement::name},
    TextField{kEvent, "event", &Statement::event},
    TextField{kListener, "listener", &Statement::what},
    TextField{kWhat, "what", &Statement::what},
    TextField{kKind, "kind", &Statement::what},
    TextField{kAs, "as", &Statement::as},
};
constexpr unsigned kOptional = kAs | kMaybeCtx;

bool hasDelay(const Statement& statement) {
  return (shapeOf(statement.op).fields & kMs) != 0 ||
         (statement.op == Op::kAwait && statement.what == "sleep");
}

std::vector<Statement> bodyFrom(const Json& json);

Statement statementFrom(const Json& json) {
  Statement statement;
  const std::string op = json.at("op");
  statement.number = json.at("i");
  const Shape* shape = nullptr;
  for (const Shape& known : kShapes) {
    if (known.name == op) shape = &known;
  }
  if (shape == nullptr) throw std::invalid_argument(absl::StrCat("unknown op '", op, "'"));
  statement.op = shape->op;
  for (const TextField& text : kTextFields) {
    if ((shape->fields & text.field) == 0) continue;
    if ((text.field & kOptional) != 0 && !json.contains(text.name)) continue;
    statement.*text.member = json.at(text.name).get<std::string>();
  }
  if ((shape->fields & kValue) != 0) statement.value = json.at("value");
  if ((shape->fields & kTimes) != 0) statement.times = json.at("times");
  if (hasDelay(statement)) statement.ms = json.at("ms");
  if ((shape->fields & kBody) != 0) statement.body = bodyFrom(json.at("body"));
  return statement;
}

std::vector<Statement> bodyFrom(const Json& json) {
  std::vector<Statement> body;
  body.reserve(json.size());
  for (const Json& statement : json) body.push_back(statementFrom(statement));
  return body;
}

Json bodyToJson(const std::vector<Statement>& body);

Json statementToJson(const Statement& statement) {
  const Shape& shape = shapeOf(statement.op);
  Json json = {{"op", shape.name}, {"i", statement.number}};
  for (const TextField& text : kTextFields) {
    if ((shape.fields & text.field) == 0) continue;
    if ((text.field & kOptional) != 0 && (statement.*text.member).empty()) continue;
    json[text.name] = statement.*text.member;
  }
  if ((shape.fields & kValue) != 0) json["value"] = statement.value;
  if ((shape.fields & kTimes) != 0) json["times"] = statement.times;
  if (hasDelay(statement)) json["ms"] = statement.ms;
  if ((shape.fields & kBody) != 0) json["body"] = bodyToJson(statement.body);
  return json;
}

Json bodyToJson(const std::vector<Statement>& body) {
  Json json = Json::array();
  for (const Statement& statement : body) json.push_back(statementToJson(statement));
  return json;
}

}  // namespace

std::string_view nameOf(Op op) { return shapeOf(op).name; }

absl::StatusOr<Program> parseProgram(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    Program program;
    program.id = json.at("id");
    program.namespaces = json.at("namespaces");
    program.body = bodyFrom(json.at("body"));
    return program;
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

std::string toJson(const Program& program) {
  return Json{
      {"id", program.id}, {"namespaces", program.namespaces}, {"body", bodyToJson(program.body)}}
      .dump();
}

std::string traceToJson(const std::string& id, const Trace& trace) {
  Json lines = Json::array();
  for (const auto& [path, text] : trace) lines.push_back(Json::array({path, text}));
  return Json{{"id", id}, {"trace", std::move(lines)}}.dump();
}

}  // namespace weft::conformance
