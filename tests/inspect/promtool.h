// Metrics before the judge: Debian's promtool, which reads them as Prometheus does.

#ifndef WEFT_TESTS_INSPECT_PROMTOOL_H_
#define WEFT_TESTS_INSPECT_PROMTOOL_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

namespace weft::tests {

// False where the program is missing and nobody insists.
inline bool wantsPromtool() {
  return std::getenv("CI") != nullptr || std::system("promtool --version >/dev/null 2>&1") == 0;
}

// What the program says about `text`, or "" if it is content.
inline std::string promtool(const std::string& arguments, const std::string& text) {
  const std::string input = ::testing::TempDir() + "/metrics." + std::to_string(::getpid());
  std::ofstream(input) << text;
  const std::string command = "promtool " + arguments + " < " + input + " 2>&1";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::string said;
  for (int c; (c = std::fgetc(pipe)) != EOF;) said += static_cast<char>(c);
  const int status = ::pclose(pipe);
  ::unlink(input.c_str());
  return status == 0 ? "" : said + " (exit " + std::to_string(status) + ")\n" + text;
}

// Of Prometheus' text format: can it be read, and is it named as the conventions say?
inline std::string checkMetrics(const std::string& text) { return promtool("check metrics", text); }

// The same of OpenMetrics: can it be read?
inline std::string readOpenMetrics(const std::string& text) {
  const std::string blocks = ::testing::TempDir() + "/blocks." + std::to_string(::getpid());
  // The program that reads OpenMetrics from a file wants a time at each sample.
  const std::string stamped =
      std::regex_replace(text, std::regex("(\\n[^#\\n][^\\n]*)"), "$1 1700000000");
  std::string said = promtool("tsdb create-blocks-from openmetrics /dev/stdin " + blocks, stamped);
  std::filesystem::remove_all(blocks);
  return said;
}

}  // namespace weft::tests

#endif  // WEFT_TESTS_INSPECT_PROMTOOL_H_
