// What tests of fs share: a loop and a folder that goes when the test does.

#ifndef WEFT_TESTS_NATIVE_FS_FS_FIXTURE_H_
#define WEFT_TESTS_NATIVE_FS_FS_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "weft/loop/event_loop.h"
#include "weft/loop/spawn.h"
#include "weft/native/fs/folder.h"
#include "weft/native/fs/whole_file.h"

namespace weft::native::fs {

class FsTest : public testing::Test {
 protected:
  FsTest() : folder_(sync::mkdtemp(testing::TempDir() + "/weft-fs-").value()) {}
  ~FsTest() override { EXPECT_TRUE(sync::rm(folder_, {.recursive = true}).ok()); }

  // A path in the folder.
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string file(const std::string& name, const std::string& bytes) const {
    EXPECT_TRUE(sync::writeFile(path(name), bytes).ok());
    return path(name);
  }
  std::string content(const std::string& name) const {
    return sync::readFile(path(name)).value_or("there is no such file");
  }
  // Runs the coroutine that `make` gives to its end, and what follows from it.
  template <typename F>
  void run(F make) {
    loop::spawn(loop_, std::move(make));
    loop_.run();
  }

  EventLoop loop_;
  const std::string folder_;
};

}  // namespace weft::native::fs

#endif  // WEFT_TESTS_NATIVE_FS_FS_FIXTURE_H_
