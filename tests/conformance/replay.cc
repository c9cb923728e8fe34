// Replays conformance programs: a program a line on standard input, its trace a line on standard
// output. Exits with 2, after a message, if a line could not be read or run.

#include <iostream>
#include <string>

#include "weft/tests/conformance/player.h"
#include "weft/tests/conformance/program.h"

int main() {
  std::ios::sync_with_stdio(false);
  int status = 0;
  std::string line;
  for (int number = 1; std::getline(std::cin, line); ++number) {
    if (line.empty()) continue;
    absl::StatusOr<weft::conformance::Program> program = weft::conformance::parseProgram(line);
    if (!program.ok()) {
      std::cerr << "line " << number << ": " << program.status().message() << "\n";
      status = 2;
      continue;
    }
    try {
      const weft::conformance::Trace trace = weft::conformance::Player().play(*program);
      std::cout << weft::conformance::traceToJson(program->id, trace) << "\n";
    } catch (const std::exception& error) {
      std::cerr << "line " << number << ", program " << program->id << ": " << error.what() << "\n";
      status = 2;
    } catch (...) {
      std::cerr << "line " << number << ", program " << program->id
                << ": an error reached the loop\n";
      status = 2;
    }
  }
  return status;
}
