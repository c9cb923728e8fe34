// What weft's network code publishes, for tools that count, trace or log; see weft/loop/channel.h.
//
//   auto counting = net::kHttpRequestFinish.subscribe(
//       [&](const RequestPtr& request, const ResponsePtr& response) {
//         ++answers[response->statusCode()];
//       });
//
// Each start is followed by exactly one end, unless the loop itself ends before. Where nobody
// subscribes, a point costs a look at one word. What is handed over may be kept, asked, and, where
// it says so, changed; its header is to be included by who does.
//
// Contexts: those of whoever does the thing. For what a server does on its own account that are not
// those of a request: a request's are made by its handler, and known from there on.
//
// Threads: that of the loop, if nothing else is said.

#ifndef WEFT_NET_CHANNELS_H_
#define WEFT_NET_CHANNELS_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "weft/loop/channel.h"
#include "weft/stream/ref_ptr.h"

namespace weft::net {

class Socket;
class Server;
class Request;
class Response;
class ClientRequest;
class ClientResponse;
using SocketPtr = stream::RefPtr<Socket>;
using ServerPtr = stream::RefPtr<Server>;
using RequestPtr = stream::RefPtr<Request>;
using ResponsePtr = stream::RefPtr<Response>;
using ClientRequestPtr = stream::RefPtr<ClientRequest>;
using ClientResponsePtr = stream::RefPtr<ClientResponse>;

// --- HTTP, answering

// A server has a request and is about to hand it to its handler.
inline constinit loop::Channel<const RequestPtr&, const ResponsePtr&> kHttpRequestStart{
    "weft.http.request.start"};
// The system has taken the last byte of the response.
inline constinit loop::Channel<const RequestPtr&, const ResponsePtr&> kHttpRequestFinish{
    "weft.http.request.finish"};
// There will be no such byte: the connection broke, or the handler threw.
inline constinit loop::Channel<const RequestPtr&, const ResponsePtr&, const absl::Status&>
    kHttpRequestError{"weft.http.request.error"};

// --- HTTP, asking

// The head of a request is about to be sent: the last moment to set headers.
inline constinit loop::Channel<const ClientRequestPtr&> kHttpClientRequestStart{
    "weft.http.client.request.start"};
// The whole response has arrived, or the connection has become a tunnel.
inline constinit loop::Channel<const ClientRequestPtr&, const ClientResponsePtr&>
    kHttpClientRequestFinish{"weft.http.client.request.finish"};
// It will not.
inline constinit loop::Channel<const ClientRequestPtr&, const absl::Status&>
    kHttpClientRequestError{"weft.http.client.request.error"};

// --- connections, of servers and clients

// It stands: was accepted, or has been made.
inline constinit loop::Channel<const SocketPtr&> kConnectionOpen{"weft.net.connection.open"};
// It is about to be closed; the status says why, OK if for no failure.
inline constinit loop::Channel<const SocketPtr&, const absl::Status&> kConnectionClose{
    "weft.net.connection.close"};
// So many bytes came, or went.
inline constinit loop::Channel<const Socket&, std::size_t> kConnectionRead{
    "weft.net.connection.read"};
inline constinit loop::Channel<const Socket&, std::size_t> kConnectionWrite{
    "weft.net.connection.write"};
// A server cannot listen, or, for want of something in the machine, not accept for a while.
inline constinit loop::Channel<const ServerPtr&, const absl::Status&> kListenerError{
    "weft.net.listener.error"};

// --- names

// The system is asked for the addresses of a host. For net::dns::lookup() and lookupAll() on a
// thread of the pool.
inline constinit loop::Channel<std::string_view> kLookupStart{"weft.dns.lookup.start"};
// It has answered, or nobody waits any more (Cancelled).
inline constinit loop::Channel<std::string_view, const absl::Status&> kLookupEnd{
    "weft.dns.lookup.end"};

}  // namespace weft::net

#endif  // WEFT_NET_CHANNELS_H_
