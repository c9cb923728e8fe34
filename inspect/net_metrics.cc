#include "weft/inspect/net_metrics.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <unordered_map>
#include <vector>

#include "weft/inspect/internal/exposition.h"
#include "weft/net/channels.h"
#include "weft/net/http_server.h"

namespace weft::inspect {

namespace {

// Of requests, in seconds.
constexpr std::array<double, 11> kBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,   0.25,   0.5,   1,    2.5};
constexpr std::size_t kClasses = 5;
constexpr std::array<std::string_view, kClasses> kClassNames = {"1xx", "2xx", "3xx", "4xx", "5xx"};

}  // namespace

// Written by the loop's thread alone.
class NetMetrics::Impl {
 public:
  explicit Impl(const NetMetricsOptions& options) {
    using net::ClientRequestPtr;
    keep(net::kConnectionRead, bytes_read_);
    keep(net::kConnectionWrite, bytes_written_);
    on(net::kConnectionOpen, [this](const SocketPtr&) { add(opened_); });
    on(net::kConnectionClose, [this](const SocketPtr&, const absl::Status&) { add(closed_); });
    on(net::kListenerError,
       [this](const net::ServerPtr&, const absl::Status&) { add(listener_errors_); });
    on(net::kHttpRequestStart,
       [this, durations = options.durations](const RequestPtr& request, const ResponsePtr&) {
         add(begun_);
         if (durations) began_.emplace(request.get(), Clock::now());
       });
    on(net::kHttpRequestFinish, [this](const RequestPtr& request, const ResponsePtr& response) {
      const int status_class = std::clamp(response->statusCode() / 100, 1, 5) - 1;
      add(finished_[static_cast<std::size_t>(status_class)]);
      noteDuration(request.get());
    });
    on(net::kHttpRequestError,
       [this](const RequestPtr& request, const ResponsePtr&, const absl::Status&) {
         add(failed_);
         began_.erase(request.get());
       });
    on(net::kHttpClientRequestStart, [this](const ClientRequestPtr&) { add(client_begun_); });
    on(net::kHttpClientRequestFinish,
       [this](const ClientRequestPtr&, const net::ClientResponsePtr&) { add(client_finished_); });
    on(net::kHttpClientRequestError,
       [this](const ClientRequestPtr&, const absl::Status&) { add(client_failed_); });
    durations_ = options.durations;
  }

  Reading read() const noexcept {
    Reading now;
    now.bytes_read = get(bytes_read_);
    now.bytes_written = get(bytes_written_);
    now.connections_opened = get(opened_);
    now.connections_closed = get(closed_);
    now.requests_begun = get(begun_);
    for (const Count& finished : finished_) now.requests_finished += get(finished);
    now.requests_failed = get(failed_);
    now.client_requests_begun = get(client_begun_);
    now.client_requests_finished = get(client_finished_);
    now.client_requests_failed = get(client_failed_);
    now.listener_errors = get(listener_errors_);
    return now;
  }

  void write(internal::Exposition& out) const {
    const auto number = [](std::uint64_t n) { return static_cast<double>(n); };
    const Reading now = read();
    out.counter("weft_net_read_bytes", "Bytes that came.", "bytes");
    out.sample(number(now.bytes_read));
    out.counter("weft_net_written_bytes", "Bytes that went.", "bytes");
    out.sample(number(now.bytes_written));
    out.counter("weft_net_opened_connections", "Connections that were accepted or made.");
    out.sample(number(now.connections_opened));
    out.counter("weft_net_closed_connections", "Connections that were closed.");
    out.sample(number(now.connections_closed));
    out.counter("weft_net_listener_errors", "Failures to listen or to accept.");
    out.sample(number(now.listener_errors));
    out.counter("weft_http_begun_requests", "Requests that were handed to a handler.");
    out.sample(number(now.requests_begun));
    out.counter("weft_http_finished_requests", "Requests that were answered, by status.");
    for (std::size_t i = 0; i < kClasses; ++i) {
      out.sample(number(get(finished_[i])), "code", kClassNames[i]);
    }
    out.counter("weft_http_failed_requests", "Requests that ended without a whole response.");
    out.sample(number(now.requests_failed));
    out.counter("weft_http_client_requests", "Requests that were sent, by how they ended.");
    out.sample(number(now.client_requests_finished), "end", "response");
    out.sample(number(now.client_requests_failed), "end", "error");
    if (!durations_) return;
    std::array<std::uint64_t, kBuckets.size() + 1> counts;
    std::transform(counts_.begin(), counts_.end(), counts.begin(), get);
    out.histogram("weft_http_request_duration_seconds",
                  "From the head of a request to the last byte of its response.", "seconds");
    out.buckets(kBuckets, counts, number(get(sum_)) / 1e9);
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::uint64_t n = 1) noexcept {
    count.store(count.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  static std::uint64_t get(const Count& count) noexcept {
    return count.load(std::memory_order_relaxed);
  }

  // Channels are the process's: what other threads publish is theirs.
  template <typename... Args, typename F>
  void on(loop::Channel<Args...>& channel, F note) {
    subscriptions_.push_back(channel.subscribe([this, note](Args... args) {
      if (std::this_thread::get_id() == thread_) note(args...);
    }));
  }
  void keep(loop::Channel<const net::Socket&, std::size_t>& channel, Count& count) {
    on(channel, [&count](const net::Socket&, std::size_t bytes) { add(count, bytes); });
  }

  void noteDuration(const net::Request* request) {
    const auto found = began_.find(request);
    if (found == began_.end()) return;
    const auto time = std::chrono::nanoseconds(Clock::now() - found->second);
    began_.erase(found);
    const double seconds = static_cast<double>(time.count()) / 1e9;
    const auto bucket = std::lower_bound(kBuckets.begin(), kBuckets.end(), seconds);
    add(counts_[static_cast<std::size_t>(bucket - kBuckets.begin())]);
    add(sum_, static_cast<std::uint64_t>(time.count()));
  }

  const std::thread::id thread_ = std::this_thread::get_id();
  bool durations_ = false;
  Count bytes_read_{0};
  Count bytes_written_{0};
  Count opened_{0};
  Count closed_{0};
  Count begun_{0};
  std::array<Count, kClasses> finished_{};
  Count failed_{0};
  Count client_begun_{0};
  Count client_finished_{0};
  Count client_failed_{0};
  Count listener_errors_{0};
  std::array<Count, kBuckets.size() + 1> counts_{};  // of durations
  Count sum_{0};                                     // nanoseconds
  std::unordered_map<const net::Request*, Clock::time_point> began_;
  std::vector<loop::ChannelSubscription> subscriptions_;  // goes first
};

NetMetrics::NetMetrics(Metrics& metrics, const NetMetricsOptions& options)
    : metrics_(metrics), impl_(std::make_unique<Impl>(options)) {
  metrics_.addFamilies(this, [impl = impl_.get()](internal::Exposition& out) { impl->write(out); });
}

NetMetrics::~NetMetrics() { metrics_.removeFamilies(this); }

NetMetrics::Reading NetMetrics::read() const noexcept { return impl_->read(); }

}  // namespace weft::inspect
