#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "weft/tests/integration/demo_process.h"

namespace {

std::string g_program;

TEST(CallbackToCoroutineTest, SaysWhatTheCallbacksGave) {
  weft::tests::DemoProcess example(g_program, {});
  EXPECT_EQ(example.exitCode(), 0);
  EXPECT_EQ(example.output(), "inside 20.5, outside 4.5\n");
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: callback_to_coroutine_test PATH_OF_THE_EXAMPLE\n");
    return 2;
  }
  g_program = argv[1];
  return RUN_ALL_TESTS();
}
