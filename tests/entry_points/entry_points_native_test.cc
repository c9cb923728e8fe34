// As entry_points_test.cc, for work on other threads: what is given to it in a context is called
// back in that context.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "weft/loop/work.h"
#include "weft/native/crypto/crypto.h"
#include "weft/native/fs/fs.h"
#include "weft/native/zlib/zlib.h"
#include "weft/net/dns/lookup.h"
#include "weft/net/dns/resolver.h"
#include "weft/net/udp_socket.h"
#include "weft/stream/pipe.h"
#include "weft/tests/entry_points/fixture.h"

namespace weft {
namespace {

namespace dns = net::dns;

class EntryPointTest : public tests::EntryPointFixture {
 protected:
  // A path at which there is nothing: what fails calls back, too.
  const std::string kNone = "/nowhere/at/all";

  // Calls `function` with the arguments and note(), in context 7.
  template <typename F, typename... Args>
  void expectDone(const F& function, Args... args) {
    expectKept([&] { function(loop_, args..., [this](const auto&) { seen_.push_back(here()); }); });
  }
  // The same for a query that no server will answer; it is cancelled from another context.
  template <typename F>
  void expectQueryKept(F&& ask) {
    dns::Resolver resolver(loop_, {.servers = {"127.0.0.1:9"}});
    in(7, [&] { ask(resolver, [this](const auto&) { seen_.push_back(here()); }); });
    in(8, [&] { resolver.cancel(); });
    loop_.run();
    EXPECT_EQ(seen_, std::vector<int>{7});
  }
};

// --- the thread pool

TEST_F(EntryPointTest, loop_work) {
  expectKept([&] {
    loop::work(
        loop_, [] { return 1; }, [this](const auto&) { note()(); });
  });
}

// --- files

TEST_F(EntryPointTest, fs_stat) { expectDone(fs::stat, kNone); }

TEST_F(EntryPointTest, fs_lstat) { expectDone(fs::lstat, kNone); }

TEST_F(EntryPointTest, fs_access) { expectDone(fs::access, kNone); }

TEST_F(EntryPointTest, fs_exists) { expectDone(fs::exists, kNone); }

TEST_F(EntryPointTest, fs_open) { expectDone(fs::open, kNone); }

TEST_F(EntryPointTest, fs_close) { expectDone(fs::close, fs::File()); }

TEST_F(EntryPointTest, fs_read) { expectDone(fs::read, fs::File(), std::size_t{1}); }

TEST_F(EntryPointTest, fs_write) { expectDone(fs::write, fs::File(), "bytes"); }

TEST_F(EntryPointTest, fs_fstat) { expectDone(fs::fstat, fs::File()); }

TEST_F(EntryPointTest, fs_ftruncate) { expectDone(fs::ftruncate, fs::File(), std::uint64_t{0}); }

TEST_F(EntryPointTest, fs_fsync) { expectDone(fs::fsync, fs::File()); }

TEST_F(EntryPointTest, fs_fdatasync) { expectDone(fs::fdatasync, fs::File()); }

TEST_F(EntryPointTest, fs_fchmod) { expectDone(fs::fchmod, fs::File(), mode_t{0600}); }

TEST_F(EntryPointTest, fs_fchown) { expectDone(fs::fchown, fs::File(), ::getuid(), ::getgid()); }

TEST_F(EntryPointTest, fs_futimes) {
  expectDone(fs::futimes, fs::File(), fs::FileTime(), fs::FileTime());
}

TEST_F(EntryPointTest, fs_readFile) { expectDone(fs::readFile, kNone); }

TEST_F(EntryPointTest, fs_writeFile) { expectDone(fs::writeFile, kNone, "bytes"); }

TEST_F(EntryPointTest, fs_appendFile) { expectDone(fs::appendFile, kNone, "bytes"); }

TEST_F(EntryPointTest, fs_copyFile) { expectDone(fs::copyFile, kNone, kNone); }

TEST_F(EntryPointTest, fs_truncate) { expectDone(fs::truncate, kNone, std::uint64_t{0}); }

TEST_F(EntryPointTest, fs_readdir) { expectDone(fs::readdir, kNone); }

TEST_F(EntryPointTest, fs_mkdir) { expectDone(fs::mkdir, kNone); }

TEST_F(EntryPointTest, fs_mkdtemp) { expectDone(fs::mkdtemp, kNone); }

TEST_F(EntryPointTest, fs_rmdir) { expectDone(fs::rmdir, kNone); }

TEST_F(EntryPointTest, fs_rm) { expectDone(fs::rm, kNone); }

TEST_F(EntryPointTest, fs_rename) { expectDone(fs::rename, kNone, kNone); }

TEST_F(EntryPointTest, fs_unlink) { expectDone(fs::unlink, kNone); }

TEST_F(EntryPointTest, fs_link) { expectDone(fs::link, kNone, kNone); }

TEST_F(EntryPointTest, fs_symlink) { expectDone(fs::symlink, kNone, kNone); }

TEST_F(EntryPointTest, fs_readlink) { expectDone(fs::readlink, kNone); }

TEST_F(EntryPointTest, fs_realpath) { expectDone(fs::realpath, kNone); }

TEST_F(EntryPointTest, fs_chmod) { expectDone(fs::chmod, kNone, mode_t{0600}); }

TEST_F(EntryPointTest, fs_chown) { expectDone(fs::chown, kNone, ::getuid(), ::getgid()); }

TEST_F(EntryPointTest, fs_lchown) { expectDone(fs::lchown, kNone, ::getuid(), ::getgid()); }

TEST_F(EntryPointTest, fs_utimes) { expectDone(fs::utimes, kNone, fs::FileTime(), fs::FileTime()); }

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

TEST_F(EntryPointTest, zlib_inflate) { expectDone(zlib::inflate, "bytes"); }

TEST_F(EntryPointTest, zlib_deflateRaw) { expectDone(zlib::deflateRaw, "bytes"); }

TEST_F(EntryPointTest, zlib_inflateRaw) { expectDone(zlib::inflateRaw, "bytes"); }

TEST_F(EntryPointTest, zlib_gzip) { expectDone(zlib::gzip, "bytes"); }

TEST_F(EntryPointTest, zlib_gunzip) { expectDone(zlib::gunzip, "bytes"); }

TEST_F(EntryPointTest, zlib_brotliCompress) { expectDone(zlib::brotliCompress, "bytes"); }

TEST_F(EntryPointTest, zlib_brotliDecompress) { expectDone(zlib::brotliDecompress, "bytes"); }

TEST_F(EntryPointTest, zlib_zstdCompress) { expectDone(zlib::zstdCompress, "bytes"); }

TEST_F(EntryPointTest, zlib_zstdDecompress) { expectDone(zlib::zstdDecompress, "bytes"); }

// --- crypto

TEST_F(EntryPointTest, crypto_hash) { expectDone(crypto::hash, "sha256", "bytes"); }

TEST_F(EntryPointTest, crypto_hmac) { expectDone(crypto::hmac, "sha256", "key", "bytes"); }

TEST_F(EntryPointTest, crypto_randomBytes) { expectDone(crypto::randomBytes, std::size_t{8}); }

TEST_F(EntryPointTest, crypto_randomFill) { expectDone(crypto::randomFill, "bytes"); }

TEST_F(EntryPointTest, crypto_randomInt) { expectDone(crypto::randomInt, 0, 10); }

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
  expectQueryKept([](dns::Resolver& resolver, auto done) { resolver.resolve4("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolve6) {
  expectQueryKept([](dns::Resolver& resolver, auto done) { resolver.resolve6("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolveCname) {
  expectQueryKept(
      [](dns::Resolver& resolver, auto done) { resolver.resolveCname("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolveNs) {
  expectQueryKept([](dns::Resolver& resolver, auto done) { resolver.resolveNs("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolvePtr) {
  expectQueryKept([](dns::Resolver& resolver, auto done) { resolver.resolvePtr("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolveMx) {
  expectQueryKept([](dns::Resolver& resolver, auto done) { resolver.resolveMx("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolveTxt) {
  expectQueryKept([](dns::Resolver& resolver, auto done) { resolver.resolveTxt("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolveSrv) {
  expectQueryKept([](dns::Resolver& resolver, auto done) { resolver.resolveSrv("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolveNaptr) {
  expectQueryKept(
      [](dns::Resolver& resolver, auto done) { resolver.resolveNaptr("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolveCaa) {
  expectQueryKept([](dns::Resolver& resolver, auto done) { resolver.resolveCaa("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_resolveSoa) {
  expectQueryKept([](dns::Resolver& resolver, auto done) { resolver.resolveSoa("a.test", done); });
}

TEST_F(EntryPointTest, Resolver_reverse) {
  expectQueryKept([](dns::Resolver& resolver, auto done) {
    resolver.reverse(*net::Address::ip("192.0.2.1", 0), done);
  });
}

// --- datagrams, files through sockets, pipelines

TEST_F(EntryPointTest, UdpSocket_bind) {
  net::UdpSocketPtr socket = dgram::createSocket(loop_);
  expectKept([&] {
    socket->bind({.host = "127.0.0.1"}, [&] {
      seen_.push_back(here());
      socket->close();
    });
  });
}

TEST_F(EntryPointTest, UdpSocket_close) {
  net::UdpSocketPtr socket = dgram::createSocket(loop_);
  socket->bind({.host = "127.0.0.1"});
  expectKept([&] { socket->close(note()); });
}

TEST_F(EntryPointTest, UdpSocket_send) {
  net::UdpSocketPtr socket = dgram::createSocket(loop_);
  socket->bind({.host = "127.0.0.1"});
  expectKept([&] {
    socket->send("bytes", socket->address(), [&](const absl::Status&) {
      seen_.push_back(here());
      socket->close();
    });
  });
}

TEST_F(EntryPointTest, dgram_createSocket) {
  net::UdpSocketPtr socket;
  in(7, [&] {
    socket = dgram::createSocket(loop_, {}, [&] {
      seen_.push_back(here());
      socket->close();
    });
  });
  socket->bind({.host = "127.0.0.1"});
  socket->send("bytes", socket->address());
  loop_.run();
  EXPECT_EQ(seen_, std::vector<int>{7});
}

TEST_F(EntryPointTest, Socket_sendFile) {
  const int file = ::memfd_create("file", 0);
  ASSERT_EQ(::write(file, "bytes", 5), 5);
  net::ServerPtr server = listen();
  net::SocketPtr socket = net::connect(loop_, {.port = server->address().port()});
  expectKept([&] {
    socket->sendFile(file, 0, 5, [&](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      seen_.push_back(here());
      socket->destroy();
      server->close();
    });
  });
  ::close(file);
}

TEST_F(EntryPointTest, stream_pipeline) {
  net::ServerPtr server = listen();
  net::SocketPtr from = net::connect(loop_, {.port = server->address().port()});
  net::SocketPtr to = net::connect(loop_, {.port = server->address().port()});
  expectKept([&] {
    stream::pipeline({from, to}, [&](const absl::Status&) {
      seen_.push_back(here());
      server->close();
    });
    from->destroy();
  });
}

}  // namespace
}  // namespace weft
