#include "weft/net/http_client.h"

#include <charconv>
#include <utility>

#include "weft/cls/errors.h"
#include "weft/net/channels.h"
#include "weft/net/http_agent.h"
#include "weft/net/internal/agent_core.h"
#include "weft/net/internal/http_client_connection.h"

namespace weft::net {

using internal::Framing;

absl::StatusOr<RequestOptions> RequestOptions::fromUrl(std::string_view url) {
  const auto invalid = [url](const char* why) {
    return absl::InvalidArgumentError("'" + std::string(url) + "' " + why);
  };
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return invalid("does not begin with http://");
  std::string_view rest = url.substr(kScheme.size());
  rest = rest.substr(0, rest.find('#'));
  const std::size_t path_at = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, path_at);
  RequestOptions options;
  options.path = std::string(rest.substr(path_at));
  if (!options.path.starts_with('/')) options.path.insert(0, "/");
  if (authority.find('@') != std::string_view::npos) return invalid("holds a user name");

  const std::size_t host_end = authority.starts_with('[') ? authority.find(']') : 0;
  if (host_end == std::string_view::npos) return invalid("holds half an IPv6 address");
  const std::size_t colon = authority.find(':', host_end);
  if (colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, options.port);
    if (error != std::errc() || stop != end) return invalid("holds no valid port");
    authority = authority.substr(0, colon);
  }
  if (host_end != 0) authority = authority.substr(1, host_end - 1);
  if (authority.empty()) return invalid("names no host");
  options.host = std::string(authority);
  return options;
}

// --- responses ----------------------------------------------------------------------------------

std::string_view ClientResponse::header(std::string_view name) const {
  return headers().get(name).value_or(std::string_view());
}

void ClientResponse::readMore() {
  if (connection_ != nullptr) connection_->bodyWanted();
}

void ClientResponse::onDestroy() {
  if (connection_ != nullptr) connection_->destroy(error());
}

// --- requests -----------------------------------------------------------------------------------

ClientRequest::ClientRequest(EventLoop& loop, RequestOptions options)
    : IoObject(loop), options_(std::move(options)) {
  if (options_.headers.has("host")) return;
  const bool is_v6 = options_.host.find(':') != std::string::npos;
  std::string host = is_v6 ? "[" + options_.host + "]" : options_.host;
  if (options_.port != 80) host += ":" + std::to_string(options_.port);
  options_.headers.set("Host", host);
}

SocketPtr ClientRequest::socket() const { return SocketPtr(connection_); }

void ClientRequest::checkHeadOpen(const char* what) const {
  if (head_sent_) {
    throw UsageError(std::string(what) + " after the head was sent: set headers before that");
  }
}

void ClientRequest::setHeader(std::string_view name, std::string_view value) {
  checkHeadOpen("setHeader()");
  options_.headers.set(name, value);
}

void ClientRequest::appendHeader(std::string_view name, std::string_view value) {
  checkHeadOpen("appendHeader()");
  options_.headers.append(name, value);
}

bool ClientRequest::removeHeader(std::string_view name) {
  checkHeadOpen("removeHeader()");
  return options_.headers.remove(name);
}

void ClientRequest::addTrailer(std::string_view name, std::string_view value) {
  if (writableEnded()) throw UsageError("addTrailer() after end(): set trailers before that");
  trailers_.append(name, value);
}

void ClientRequest::flushHeaders() {
  if (destroyed() || head_sent_) return;
  sendHead(std::nullopt);
  writeSome();
}

void ClientRequest::publishFinish(const ClientRequestPtr& self, const ClientResponsePtr& response) {
  if (!std::exchange(published_end_, true)) kHttpClientRequestFinish.publish(self, response);
}

void ClientRequest::publishError(const absl::Status& why) {
  if (!head_sent_ || std::exchange(published_end_, true)) return;
  if (kHttpClientRequestError.hasSubscribers()) [[unlikely]]
    kHttpClientRequestError.publish(ClientRequestPtr(this), why);
}

void ClientRequest::sendHead(std::optional<std::uint64_t> body_length) {
  if (kHttpClientRequestStart.hasSubscribers() && !head_sent_) [[unlikely]]
    kHttpClientRequestStart.publish(ClientRequestPtr(this));
  const bool keep_alive = agent_->options().keep_alive;
  const internal::WritePlan plan =
      internal::planRequest(options_.method, options_.headers, body_length, keep_alive);
  internal::appendRequestHead(&target(), options_.method, options_.path, options_.headers, plan);
  plan_ = plan;
  head_sent_ = true;
  body_left_ = plan.framing == Framing::kLength ? *plan.content_length : 0;
}

// Until there is a connection, bytes wait here.
stream::ByteQueue& ClientRequest::target() {
  return connection_ != nullptr ? connection_->output() : queue();
}

void ClientRequest::enqueue(std::string_view bytes, bool last) {
  if (!head_sent_) sendHead(last ? std::optional<std::uint64_t>(bytes.size()) : std::nullopt);
  body_size_ += bytes.size();
  if (plan_.framing == Framing::kLength) {
    if (bytes.size() > body_left_ || (last && bytes.size() < body_left_)) {
      throw UsageError("the body is not as long as its Content-Length: write what was announced");
    }
    body_left_ -= bytes.size();
    target().append(bytes);
  } else if (plan_.framing == Framing::kChunked) {
    internal::appendChunk(&target(), bytes);
    if (last) internal::appendLastChunk(&target(), trailers_);
  }
}

void ClientRequest::writeSome() {
  if (connection_ != nullptr) {
    connection_->requestWrote();
  } else if (!std::exchange(submitted_, true)) {
    agent_->submit(*this);
  }
}

void ClientRequest::whenGone(Done done) {
  if (connection_ != nullptr) {
    connection_->callWhenGone(std::move(done));
  } else {
    Writable::whenGone(std::move(done));
  }
}

std::size_t ClientRequest::writableLength() const noexcept {
  return connection_ != nullptr ? connection_->output().size() : queue().size();
}

bool ClientRequest::isRepeatable() const noexcept {
  if (!writableEnded() || body_size_ != 0) return false;
  for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"}) {
    if (options_.method == method) return true;
  }
  return false;
}

// Everything is to be sent once more.
void ClientRequest::rewind() {
  repeated_ = true;
  queue().clear();
  sendHead(0);
}

void ClientRequest::onDestroy() {
  publishError(error().ok() ? absl::CancelledError("the request was destroyed") : error());
  if (connection_ != nullptr) {
    connection_->destroy(error());
  } else if (submitted_) {
    agent_->withdraw(*this);
  }
}

}  // namespace weft::net

namespace weft::http {

using net::internal::AgentCore;

namespace {

net::ClientRequestPtr getBy(AgentCore& core, std::string_view url) {
  absl::StatusOr<net::RequestOptions> options = net::RequestOptions::fromUrl(url);
  if (!options.ok()) {
    net::ClientRequestPtr failed = core.makeRequest({});
    failed->destroy(options.status());
    return failed;
  }
  net::ClientRequestPtr request = core.makeRequest(*std::move(options));
  request->end();
  return request;
}

stream::RefPtr<AgentCore> coreForOne(EventLoop& loop) {
  return stream::makeRef<AgentCore>(loop, net::AgentOptions{.keep_alive = false});
}

}  // namespace

Agent::Agent(EventLoop& loop, const AgentOptions& options)
    : core_(stream::makeRef<AgentCore>(loop, options)) {
  if (options.max_sockets == 0) {
    throw UsageError("Agent: max_sockets is 0: no request could ever be sent, allow at least one");
  }
}
Agent::~Agent() { core_->close(); }

net::ClientRequestPtr Agent::request(net::RequestOptions options) {
  return core_->makeRequest(std::move(options));
}
net::ClientRequestPtr Agent::get(std::string_view url) { return getBy(*core_, url); }

std::size_t Agent::freeSockets() const { return core_->freeSockets(); }
std::size_t Agent::activeSockets() const { return core_->activeSockets(); }
std::size_t Agent::waitingRequests() const { return core_->waitingRequests(); }
void Agent::closeIdle() { core_->closeIdle(); }

net::ClientRequestPtr request(EventLoop& loop, net::RequestOptions options) {
  return coreForOne(loop)->makeRequest(std::move(options));
}
net::ClientRequestPtr get(EventLoop& loop, std::string_view url) {
  return getBy(*coreForOne(loop), url);
}

}  // namespace weft::http
