#include "weft/native/fs/watcher.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "weft/native/internal/posix.h"

namespace weft::native::fs {
namespace {

constexpr std::uint32_t kNameEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                      IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kContentEvents = IN_MODIFY | IN_ATTRIB;

std::string_view lastPart(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

}  // namespace

Watcher::Watcher(EventLoop& loop, std::string path) : IoObject(loop), path_(std::move(path)) {}

WatcherPtr watch(EventLoop& loop, std::string path) {
  WatcherPtr made = stream::makeRef<Watcher>(loop, std::move(path));
  made->open();
  return made;
}

void Watcher::open() {
  const absl::Status opened = native::internal::posix("watch", path_, [this] {
    if (fd_ < 0) fd_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    return fd_ < 0 ? -1 : inotify_add_watch(fd_, path_.c_str(), kNameEvents | kContentEvents);
  });
  if (!opened.ok()) return destroy(opened);
  const cls::FrameScope scope(home());
  watcher_.emplace(loop(), fd_, loop::FdWatcher::kReadable,
                   [this, keep = Keep(this)](unsigned) { onReady(); });
}

void Watcher::onReady() {
  const stream::RefPtr<Watcher> self(this);
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  const ssize_t size =
      native::internal::retried([&] { return ::read(fd_, buffer.data(), buffer.size()); });
  if (size < 0) {
    if (errno != EAGAIN) {
      destroy(native::internal::errnoStatus(errno, "watch", native::internal::quoted(path_)));
    }
    return;
  }
  report({buffer.data(), static_cast<std::size_t>(size)});
}

// What is left of `events` when a listener throws is lost, as what comes too fast is.
void Watcher::report(std::string_view events) {
  while (!events.empty() && !destroyed()) {
    inotify_event event;
    std::memcpy(&event, events.data(), sizeof(event));
    const std::string_view name =
        event.len == 0 ? lastPart(path_) : std::string_view(events.data() + sizeof(event));
    events.remove_prefix(sizeof(event) + event.len);
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      emit(kChange, Change::kContent, std::string_view());
    } else if ((event.mask & kNameEvents) != 0) {
      emit(kChange, Change::kRename, name);
    } else if ((event.mask & kContentEvents) != 0) {
      emit(kChange, Change::kContent, name);
    }
  }
}

void Watcher::dropResources() noexcept {
  watcher_.reset();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Watcher::ref() {
  if (watcher_) watcher_->ref();
}
void Watcher::unref() {
  if (watcher_) watcher_->unref();
}

}  // namespace weft::native::fs
