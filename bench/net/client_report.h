#ifndef WEFT_BENCH_NET_CLIENT_REPORT_H_
#define WEFT_BENCH_NET_CLIENT_REPORT_H_

#include <time.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "weft/bench/common/threads.h"

namespace weft::bench {

inline double ownCpuSeconds() {
  timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// The main function of an http_client program, with the arguments PORT REPETITIONS SECONDS. A
// `Client` is made with the port and has
//
//   std::uint64_t run(double seconds);   // 64 requests at a time; returns how many were answered
template <class Client>
int runClient(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s PORT REPETITIONS SECONDS\n", argv[0]);
    return 2;
  }
  const double seconds = std::atof(argv[3]);
  try {
    Client client(static_cast<std::uint16_t>(std::atoi(argv[1])));
    client.run(seconds);  // to warm up
    for (int i = 0; i < std::atoi(argv[2]); ++i) {
      const double cpu = ownCpuSeconds();
      const auto start = std::chrono::steady_clock::now();
      const auto answers = static_cast<double>(client.run(seconds));
      const double passed = secondsSince(start);
      std::printf("{\"unit\": \"us-cpu/req\", \"value\": %.9g}\n",
                  (ownCpuSeconds() - cpu) * 1e6 / answers);
      std::printf("{\"unit\": \"req/s\", \"value\": %.9g}\n", answers / passed);
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", argv[0], failure.what());
    return 1;
  }
  return 0;
}

}  // namespace weft::bench

#endif  // WEFT_BENCH_NET_CLIENT_REPORT_H_
