#include "weft/net/http_response.h"

#include <ctime>

#include "weft/cls/errors.h"
#include "weft/net/http_server.h"
#include "weft/net/http_status.h"
#include "weft/net/internal/http_exchange.h"
#include "weft/net/internal/http_server_connection.h"

namespace weft::net {

using internal::Framing;

RequestPtr Response::request() const { return RequestPtr(&exchange_.request); }
SocketPtr Response::socket() const { return SocketPtr(exchange_.connection); }

// --- the head -----------------------------------------------------------------------------------

void Response::failHeadClosed(const char* what) const {
  throw UsageError(std::string(what) + " after the head was " +
                   (head_sent_ ? "sent" : "fixed by writeHead()") + ": set headers before that");
}

void Response::setStatus(int status, std::string_view reason) {
  checkHeadOpen("setStatus()");
  if (status < 200 || status > 999) {
    throw UsageError("setStatus(" + std::to_string(status) +
                     "): give a final status, 200 to 999; for others there is writeInformation()");
  }
  if (!reason.empty() && !HttpHeaders::isValue(reason)) {
    throw UsageError("setStatus(): the reason holds a control character such as CR or LF");
  }
  status_ = status;
  reason.empty() ? reason_.clear() : void(reason_ = reason);
}

void Response::setHeader(std::string_view name, std::string_view value) {
  checkHeadOpen("setHeader()");
  headers_.set(name, value);
}

void Response::appendHeader(std::string_view name, std::string_view value) {
  checkHeadOpen("appendHeader()");
  headers_.append(name, value);
}

bool Response::removeHeader(std::string_view name) {
  checkHeadOpen("removeHeader()");
  return headers_.remove(name);
}

Response& Response::writeHead(int status, std::initializer_list<Field> headers) {
  setStatus(status);
  for (const Field& field : headers) headers_.set(field.name, field.value);
  head_fixed_ = true;
  return *this;
}

void Response::addTrailer(std::string_view name, std::string_view value) {
  if (writableEnded()) throw UsageError("addTrailer() after end(): set trailers before that");
  trailers_.append(name, value);
}

void Response::flushHeaders() {
  if (destroyed() || head_sent_) return;
  sendHead(std::nullopt);
  writeSome();
}

bool Response::writeInformation(int status, std::initializer_list<Field> headers) {
  if (head_sent_) throw UsageError("writeInformation() after the head was sent: call it before");
  if (status < 100 || status > 199 || status == 101) {
    throw UsageError("writeInformation(" + std::to_string(status) +
                     "): interim statuses are 100 and 102 to 199");
  }
  if (destroyed() || exchange_.request.httpVersionMinor() < 1) return false;
  HttpHeaders fields;
  for (const Field& field : headers) fields.append(field.name, field.value);
  const internal::WritePlan plan = internal::planResponse({}, status, fields, std::nullopt);
  internal::appendResponseHead(&target(), status, httpReason(status), fields, plan, {});
  if (status == 100) exchange_.connection->continued();
  writeSome();
  return true;
}

void Response::sendHead(std::optional<std::uint64_t> body_length) {
  internal::HttpServerConnection& connection = *exchange_.connection;
  plan_ = internal::planResponse(connection.answered(exchange_), status_, headers_, body_length);
  const std::string_view reason = reason_.empty() ? httpReason(status_) : reason_;
  const std::string_view date = send_date_ ? connection.date() : std::string_view();
  internal::appendResponseHead(&target(), status_, reason, headers_, plan_, date);
  head_sent_ = true;
  body_left_ = plan_.framing == Framing::kLength ? *plan_.content_length : 0;
}

// --- the body -----------------------------------------------------------------------------------

// Where bytes go: into the socket's queue when it is our turn, else they wait here.
stream::ByteQueue& Response::target() {
  return exchange_.connection->isOnTurn(exchange_) ? exchange_.connection->output() : queue();
}

void Response::beginBody(std::size_t size, bool last) {
  if (!head_sent_) sendHead(last ? std::optional<std::uint64_t>(size) : std::nullopt);
  if (plan_.framing != Framing::kLength) return;
  if (size > body_left_ || (last && size < body_left_)) {
    throw UsageError("the body is " + std::string(last ? "shorter" : "longer") +
                     " than its Content-Length: write exactly what was announced");
  }
  body_left_ -= size;
}

void Response::enqueue(std::string_view bytes, bool last) {
  beginBody(bytes.size(), last);
  if (plan_.framing == Framing::kChunked) {
    internal::appendChunk(&target(), bytes);
    if (last) internal::appendLastChunk(&target(), trailers_);
  } else if (plan_.framing != Framing::kNone) {
    target().append(bytes);
  }
}

void Response::enqueue(std::string&& bytes) {
  if (bytes.empty()) return enqueue(std::string_view(), false);
  beginBody(bytes.size(), false);
  stream::ByteQueue& out = target();
  if (plan_.framing == Framing::kChunked) {
    internal::appendChunkHeader(&out, bytes.size());
    out.append(std::move(bytes));
    out.append(internal::kAfterChunk);
  } else if (plan_.framing != Framing::kNone) {
    out.append(std::move(bytes));
  }
}

void Response::writeSome() {
  if (exchange_.connection != nullptr) exchange_.connection->responseWrote(exchange_);
}

void Response::whenGone(Done done) {
  const bool queued_below =
      !destroyed() && (exchange_.connection->isOnTurn(exchange_) ||
                       exchange_.stage != internal::HttpExchange::Stage::kUnanswered);
  if (queued_below) {
    exchange_.connection->callWhenGone(std::move(done));
  } else {
    Writable::whenGone(std::move(done));
  }
}

std::size_t Response::writableLength() const noexcept {
  std::size_t length = queue().size();
  if (exchange_.connection != nullptr && exchange_.connection->isOnTurn(exchange_)) {
    length += exchange_.connection->output().size();
  }
  return length;
}

// --- the end ------------------------------------------------------------------------------------

void Response::onDestroy() {
  if (exchange_.connection != nullptr) exchange_.connection->destroy(error());
}

void Response::unreferenced() { exchange_.partUnreferenced(); }

void Response::reset() noexcept {
  status_ = 200;
  reason_.clear();
  headers_.clear();
  trailers_.clear();
  plan_ = {};
  body_left_ = 0;
  head_fixed_ = head_sent_ = false;
  send_date_ = true;
}

}  // namespace weft::net
