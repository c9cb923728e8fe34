// As entry_points_loop_test.cc, for work on other threads and for name servers: what is given to it
// in a context is called back in that context; and each function gives the same by its callback as
// to a coroutine.

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "weft/loop/co.h"
#include "weft/loop/spawn.h"
#include "weft/loop/work.h"
#include "weft/native/crypto/crypto.h"
#include "weft/native/fs/fs.h"
#include "weft/native/zlib/zlib.h"
#include "weft/net/dns/lookup.h"
#include "weft/net/dns/resolver.h"
#include "weft/tests/entry_points/describe.h"
#include "weft/tests/entry_points/fixture.h"
#include "weft/tests/net/dns/name_server.h"

namespace weft {
namespace {

namespace dns = net::dns;

class EntryPointTest : public tests::EntryPointFixture {
 protected:
  EntryPointTest() { EXPECT_TRUE(fs::sync::writeFile(file_, "content").ok()); }
  ~EntryPointTest() override { EXPECT_TRUE(fs::sync::rm(folder_, {.recursive = true}).ok()); }

  // Both forms, `start(done)` in context 7 and `co_await start()` in 8, give the same, not before
  // they have returned, and in their contexts; a coroutine that is dropped hears nothing.
  template <typename F>
  void expectBothForms(const F& start) {
    std::vector<std::string> results;
    const auto note = [&](const auto& result) {
      seen_.push_back(here());
      results.push_back(tests::describe(result));
    };
    const auto wait = [&]() -> loop::Co<> {
      const auto result = co_await start();
      note(result);
    };
    in(7, [&] { start(note); });
    EXPECT_TRUE(seen_.empty());
    loop_.run();
    in(8, [&] { loop::spawn(loop_, wait()); });
    EXPECT_EQ(seen_, std::vector<int>{7});
    loop_.run();
    ASSERT_EQ(seen_, (std::vector<int>{7, 8}));
    EXPECT_EQ(results[0], results[1]);
    { const loop::Running<> dropped = loop::start(loop_, wait()); }
    loop_.run();
    EXPECT_EQ(seen_.size(), 2u);
  }
  // The same of a loop::AsyncFunction.
  template <typename F, typename... Args>
  void expectDone(const F& function, Args... args) {
    expectBothForms([&](auto... done) {
      if constexpr (sizeof...(done) == 0) {
        return function(args...);
      } else {
        function(loop_, args..., done...);
      }
    });
  }
  // The same of a question to a name server.
  template <typename F>
  void expectAnswered(const F& ask) {
    tests::NameServer server(loop_);
    server.addOneOfEach("host.test");
    dns::Resolver resolver(loop_, {.servers = {server.address()}});
    expectBothForms([&](auto... done) { return ask(resolver, done...); });
    EXPECT_EQ(server.queries(), 3) << "not answered by the server";
  }

  // A path at which there is nothing: what fails calls back, too.
  const std::string kNone = "/nowhere/at/all";
  const std::string folder_ = *fs::sync::mkdtemp(testing::TempDir() + "/entry-");
  const std::string file_ = folder_ + "/file";
  const fs::File open_ = *fs::sync::open(file_, {.flags = O_RDWR | O_CREAT});
};

// --- the thread pool

TEST_F(EntryPointTest, loop_work) {
  expectKept([&] {
    loop::work(
        loop_, [] { return 1; }, [this](const auto&) { note()(); });
  });
}

// --- files

TEST_F(EntryPointTest, fs_stat) { expectDone(fs::stat, file_); }

TEST_F(EntryPointTest, fs_lstat) { expectDone(fs::lstat, file_); }

TEST_F(EntryPointTest, fs_access) { expectDone(fs::access, file_); }

TEST_F(EntryPointTest, fs_exists) { expectDone(fs::exists, file_); }

TEST_F(EntryPointTest, fs_open) { expectDone(fs::open, file_); }

TEST_F(EntryPointTest, fs_close) { expectDone(fs::close, fs::File()); }

TEST_F(EntryPointTest, fs_read) { expectDone(fs::read, open_, std::size_t{3}, std::uint64_t{1}); }

TEST_F(EntryPointTest, fs_write) { expectDone(fs::write, open_, "bytes"); }

TEST_F(EntryPointTest, fs_fstat) { expectDone(fs::fstat, open_); }

TEST_F(EntryPointTest, fs_ftruncate) { expectDone(fs::ftruncate, open_, std::uint64_t{0}); }

TEST_F(EntryPointTest, fs_fsync) { expectDone(fs::fsync, open_); }

TEST_F(EntryPointTest, fs_fdatasync) { expectDone(fs::fdatasync, open_); }

TEST_F(EntryPointTest, fs_fchmod) { expectDone(fs::fchmod, open_, mode_t{0600}); }

TEST_F(EntryPointTest, fs_fchown) { expectDone(fs::fchown, open_, ::getuid(), ::getgid()); }

TEST_F(EntryPointTest, fs_futimes) {
  expectDone(fs::futimes, open_, fs::FileTime(), fs::FileTime());
}

TEST_F(EntryPointTest, fs_readFile) { expectDone(fs::readFile, file_); }

TEST_F(EntryPointTest, fs_writeFile) { expectDone(fs::writeFile, file_, "bytes"); }

TEST_F(EntryPointTest, fs_appendFile) { expectDone(fs::appendFile, file_, "bytes"); }

TEST_F(EntryPointTest, fs_copyFile) { expectDone(fs::copyFile, file_, folder_ + "/copy"); }

TEST_F(EntryPointTest, fs_truncate) { expectDone(fs::truncate, file_, std::uint64_t{0}); }

TEST_F(EntryPointTest, fs_readdir) { expectDone(fs::readdir, folder_); }

TEST_F(EntryPointTest, fs_mkdir) {
  expectDone(fs::mkdir, folder_ + "/a/b", fs::MkdirOptions{.recursive = true});
}

TEST_F(EntryPointTest, fs_mkdtemp) { expectDone(fs::mkdtemp, kNone); }

TEST_F(EntryPointTest, fs_rmdir) { expectDone(fs::rmdir, kNone); }

TEST_F(EntryPointTest, fs_rm) {
  expectDone(fs::rm, folder_ + "/none", fs::RmOptions{.force = true});
}

TEST_F(EntryPointTest, fs_rename) { expectDone(fs::rename, kNone, kNone); }

TEST_F(EntryPointTest, fs_unlink) { expectDone(fs::unlink, kNone); }

TEST_F(EntryPointTest, fs_link) { expectDone(fs::link, kNone, kNone); }

TEST_F(EntryPointTest, fs_symlink) { expectDone(fs::symlink, kNone, kNone); }

TEST_F(EntryPointTest, fs_readlink) {
  ASSERT_TRUE(fs::sync::symlink("target", folder_ + "/link").ok());
  expectDone(fs::readlink, folder_ + "/link");
}

TEST_F(EntryPointTest, fs_realpath) { expectDone(fs::realpath, file_); }

TEST_F(EntryPointTest, fs_chmod) { expectDone(fs::chmod, file_, mode_t{0600}); }

TEST_F(EntryPointTest, fs_chown) { expectDone(fs::chown, file_, ::getuid(), ::getgid()); }

TEST_F(EntryPointTest, fs_lchown) { expectDone(fs::lchown, file_, ::getuid(), ::getgid()); }

TEST_F(EntryPointTest, fs_utimes) { expectDone(fs::utimes, file_, fs::FileTime(), fs::FileTime()); }

TEST_F(EntryPointTest, fs_watch) {
  std::string folder = testing::TempDir() + "/watched_XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  fs::WatcherPtr watcher;
  loop_.setImmediate([&] { ::rmdir(folder.c_str()); });
  expectKept([&] {
    watcher = fs::watch(loop_, folder, [&] {
      if (seen_.empty()) seen_.push_back(here());
      watcher->close();
    });
  });
}

// --- compression

TEST_F(EntryPointTest, zlib_deflate) { expectDone(zlib::deflate, "bytes"); }

TEST_F(EntryPointTest, zlib_inflate) { expectDone(zlib::inflate, *zlib::sync::deflate("bytes")); }

TEST_F(EntryPointTest, zlib_deflateRaw) { expectDone(zlib::deflateRaw, "bytes"); }

TEST_F(EntryPointTest, zlib_inflateRaw) {
  expectDone(zlib::inflateRaw, *zlib::sync::deflateRaw("bytes"));
}

TEST_F(EntryPointTest, zlib_gzip) { expectDone(zlib::gzip, "bytes"); }

TEST_F(EntryPointTest, zlib_gunzip) { expectDone(zlib::gunzip, *zlib::sync::gzip("bytes")); }

TEST_F(EntryPointTest, zlib_brotliCompress) { expectDone(zlib::brotliCompress, "bytes"); }

TEST_F(EntryPointTest, zlib_brotliDecompress) {
  expectDone(zlib::brotliDecompress, *zlib::sync::brotliCompress("bytes"));
}

TEST_F(EntryPointTest, zlib_zstdCompress) { expectDone(zlib::zstdCompress, "bytes"); }

TEST_F(EntryPointTest, zlib_zstdDecompress) {
  expectDone(zlib::zstdDecompress, *zlib::sync::zstdCompress("bytes"));
}

// --- crypto

TEST_F(EntryPointTest, crypto_hash) { expectDone(crypto::hash, "sha256", "bytes"); }

TEST_F(EntryPointTest, crypto_hmac) { expectDone(crypto::hmac, "sha256", "key", "bytes"); }

TEST_F(EntryPointTest, crypto_randomBytes) { expectDone(crypto::randomBytes, std::size_t{0}); }

TEST_F(EntryPointTest, crypto_randomFill) {
  expectDone(crypto::randomFill, "bytes", crypto::RandomFillOptions{.count = 0});
}

TEST_F(EntryPointTest, crypto_randomInt) { expectDone(crypto::randomInt, 5, 6); }

TEST_F(EntryPointTest, crypto_pbkdf2) {
  expectDone(crypto::pbkdf2, "password", "salt", 1u, std::size_t{16}, "sha256");
}

TEST_F(EntryPointTest, crypto_scrypt) {
  expectDone(crypto::scrypt, "password", "salt", std::size_t{16});
}

TEST_F(EntryPointTest, crypto_hkdf) {
  expectDone(crypto::hkdf, "sha256", "key", "salt", "info", std::size_t{16});
}

// --- DNS

TEST_F(EntryPointTest, dns_lookup) { expectDone(dns::lookup, "127.0.0.1"); }

TEST_F(EntryPointTest, dns_lookupAll) { expectDone(dns::lookupAll, "127.0.0.1"); }

TEST_F(EntryPointTest, dns_lookupService) {
  expectDone(dns::lookupService, *net::Address::ip("127.0.0.1", 9));
}

TEST_F(EntryPointTest, Resolver_resolve4) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolve4("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolve6) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolve6("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolveCname) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolveCname("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolveNs) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolveNs("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolvePtr) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolvePtr("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolveMx) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolveMx("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolveTxt) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolveTxt("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolveSrv) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolveSrv("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolveNaptr) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolveNaptr("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolveCaa) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolveCaa("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_resolveSoa) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.resolveSoa("host.test", done...);
  });
}

TEST_F(EntryPointTest, Resolver_reverse) {
  expectAnswered([](dns::Resolver& resolver, auto... done) {
    return resolver.reverse(*net::Address::ip("192.0.2.1", 0), done...);
  });
}

}  // namespace
}  // namespace weft
