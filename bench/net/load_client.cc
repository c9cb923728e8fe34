// Measures a server: puts it under load from here and reads what it spends.
//
//   load_client KIND PID PORT REPETITIONS SECONDS
//
// PID is the server's process, which listens on 127.0.0.1:PORT. KIND is one of
//
//   http_hello, http_hello_context   64 connections, one request at a time each
//   http_pipelined                   64 connections, 16 requests at a time each
//   tcp_echo                         64 connections, 64 bytes at a time each
//   http_idle_bytes                  5,000 connections that had one answer and are idle
//
// Prints a JSON line for each value: "us-cpu/req" (user and system time of the whole process) and
// "req/s", or "bytes" (growth of the anonymous memory that the process holds).
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include "weft/bench/net/load_connections.h"

namespace weft::bench {
namespace {

constexpr std::size_t kConnections = 64;
constexpr std::size_t kIdleConnections = 5000;
constexpr std::size_t kIdleWarmUp = 500;

struct Arguments {
  std::string kind;
  pid_t server;
  std::uint16_t port;
  int repetitions;
  double seconds;
};

Exchange exchangeOf(const std::string& kind) {
  if (kind == "tcp_echo") return {std::string(64, 'e'), false, 1};
  const std::string hello = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  return {hello, true, kind == "http_pipelined" ? 16ul : 1ul};
}

// CPU time that the process has used until now, in seconds.
double cpuSecondsOf(pid_t process) {
  clockid_t clock;
  timespec used;
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    throw std::runtime_error("the server's process is gone");
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double anonymousBytesOf(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
  for (std::string word; file >> word;) {
    double kibibytes;
    if (word == "Anonymous:" && file >> kibibytes) return kibibytes * 1024;
  }
  throw std::runtime_error("the kernel does not tell the server's memory");
}

void print(const char* unit, double value) {
  std::printf("{\"unit\": \"%s\", \"value\": %.9g}\n", unit, value);
}

void measureRequests(const Arguments& arguments) {
  LoadConnections connections(arguments.port, exchangeOf(arguments.kind));
  connections.open(kConnections);
  connections.run(arguments.seconds);  // to warm up
  for (int i = 0; i < arguments.repetitions; ++i) {
    const double cpu = cpuSecondsOf(arguments.server);
    const auto start = std::chrono::steady_clock::now();
    const auto answers = static_cast<double>(connections.run(arguments.seconds));
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    print("us-cpu/req", (cpuSecondsOf(arguments.server) - cpu) * 1e6 / answers);
    print("req/s", answers / passed.count());
  }
}

void measureIdle(const Arguments& arguments) {
  const std::size_t count = arguments.seconds < 0.1 ? kConnections : kIdleConnections;
  LoadConnections connections(arguments.port, exchangeOf(arguments.kind));
  connections.open(std::min(count, kIdleWarmUp));
  const double before = anonymousBytesOf(arguments.server);
  connections.open(count);
  print("bytes", (anonymousBytesOf(arguments.server) - before) / static_cast<double>(count));
}

}  // namespace
}  // namespace weft::bench

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: load_client KIND PID PORT REPETITIONS SECONDS\n";
    return 2;
  }
  const weft::bench::Arguments arguments{argv[1], std::atoi(argv[2]),
                                         static_cast<std::uint16_t>(std::atoi(argv[3])),
                                         std::atoi(argv[4]), std::atof(argv[5])};
  try {
    if (arguments.kind == "http_idle_bytes") {
      weft::bench::measureIdle(arguments);
    } else {
      weft::bench::measureRequests(arguments);
    }
  } catch (const std::exception& failure) {
    std::cerr << "load_client: " << failure.what() << "\n";
    return 1;
  }
}
