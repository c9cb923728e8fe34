// Bytes of one HTTP/1.1 connection in, messages out.
//
// The caller keeps the bytes and pulls: next() takes some from the front and says what they amount
// to. There are no callbacks, so the caller may stop anywhere (back-pressure, a message that must
// be answered before the next one is read) and may destroy the parser at any event.
//
//   HttpParser parser(HttpParser::Kind::kRequest, limits);
//   switch (parser.next(&bytes, &head)) {
//     case Event::kHead: start(head); break;           // then kBody ..., then kComplete
//     case Event::kBody: deliver(parser.body()); break;
//     case Event::kComplete: finishRequest(); break;   // the next call begins the next message
//     case Event::kError: refuse(parser.error()); break;
//     ...
//
// It is strict: nothing is repaired that RFC 9110 and 9112 do not say must be. Beyond their musts
// these are refused: a bare LF or CR anywhere, obs-fold in requests (in responses it becomes a
// space, as the RFC wants), Content-Length that is repeated or joined by Transfer-Encoding,
// Transfer-Encoding in HTTP/1.0, codings other than `chunked` before the final `chunked`, user
// info, fragments and non-ASCII bytes in targets, Content-Length or Transfer-Encoding in trailers.
//
// Why not llhttp: version 8.1 takes HTTP/0.9, RTSP, bare LF and targets of any form, and knows a
// closed list of methods (no QUERY), so each line has to be read a second time round it. With that
// a GET with five fields costs 5,600 instructions, here less than half. llhttp is the referee
// instead: a fuzz target holds both against each other, and each difference has its reason.
//
// A request's head that is there as a whole and plain is read in one pass (http_plain_head.cc);
// what is said of it is the same.
//
// Only whole lines are judged, and control characters at once where they stand. So neither events
// nor verdict depend on how the bytes were cut into pieces.
//
// Memory: 80 bytes and nothing on the heap; text is kept in the caller's HttpHead.
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_HTTP_PARSER_H_
#define WEFT_NET_INTERNAL_HTTP_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "weft/net/http_limits.h"
#include "weft/net/internal/http_head.h"
#include "weft/net/internal/http_rules.h"

namespace weft::net::internal {

class HttpParser {
 public:
  enum class Kind : std::uint8_t { kRequest, kResponse };
  enum class Event : std::uint8_t {
    kNeedMore,  // all input was taken (into the head, if it is part of a line)
    kHead,      // the head is filled in
    kBody,      // body() is the next piece of the body
    kComplete,  // the message is complete, trailers are filled in
    kEnded,     // the last message was the last: it closes the connection, or leaves HTTP
    kError,     // error() says why; what is left of the input must not be read
  };

  // `limits` must outlive the parser.
  HttpParser(Kind kind, const HttpLimits& limits) : limits_(&limits), kind_(kind) { reset(); }

  // Takes bytes from the front of `*input` up to the next event. `head` must be the same from the
  // first byte of a message to its kComplete; the parser clears it when a message begins.
  // kEnded and kError come again at every further call and take nothing.
  Event next(std::string_view* input, HttpHead* head);

  // The peer will send no more. To be called when next() said kNeedMore: gives kComplete for a
  // body that ends with the connection, kEnded between messages, kError inside one.
  Event finish(HttpHead* head);

  // To be called before the bytes of the response; stays until it is called again. Interim
  // responses (1xx) do not use it up.
  void setAnswers(Answers answers) { answers_ = answers; }

  // Forgets everything but kind and limits, for a new connection.
  void reset();

  // After kBody: a part of what `*input` viewed.
  std::string_view body() const { return body_; }
  // After kError.
  const HttpError& error() const { return error_; }
  // Whether no byte of a message is pending: the connection may be closed without loss.
  bool isBetweenMessages() const { return stage_ == Stage::kStartLine && !begun_; }

 private:
  enum class Stage : std::uint8_t {
    kStartLine,
    kHeaders,
    kBody,       // Content-Length, or until close
    kChunkLine,  // size and extensions
    kChunkData,
    kChunkEnd,  // the CRLF behind the data
    kTrailers,
    kComplete,  // everything is read, kComplete has not been said
    kEnded,
    kFailed,
  };
  enum class Line : std::uint8_t { kComplete, kPartial, kTooLong, kMalformed };

  bool isRequest() const { return kind_ == Kind::kRequest; }
  void enter(Stage stage);
  Event fail(HttpError error);

  // Takes the line at the front of `*input`, which may be `budget` bytes long with its CRLF.
  // `*line` comes without it and is valid until the next call.
  Line takeLine(std::string_view* input, std::size_t budget, std::string_view* line);
  Line takeOddLine(std::string_view* input, std::size_t budget, std::string_view* line);
  Event failLine(Line why);

  // Do what the stage asks for. kNeedMore: the next stage is entered, or the input is used up.
  Event step(std::string_view* input);
  Event readStartLine(std::string_view* input);
  // In http_plain_head.cc.
  bool readPlainHead(std::string_view* input, HttpFacts* facts);
  Event readFields(std::string_view* input);
  Event readBody(std::string_view* input);
  Event readChunkLine(std::string_view* input);
  Event readChunkEnd(std::string_view* input);
  Event complete();
  Event endHead(HttpError error);

  const HttpLimits* limits_;
  HttpHead* head_ = nullptr;  // during a call only
  std::string_view body_;
  HttpError error_;
  std::uint64_t body_left_ = 0;  // of the body, the chunk, or the CRLF behind a chunk
  std::uint64_t body_size_ = 0;  // of all chunks so far
  // What the section (start line, headers, idle bytes of chunk lines, trailers) may still take.
  std::size_t budget_ = 0;
  const Kind kind_;
  Stage stage_ = Stage::kStartLine;
  Answers answers_ = Answers::kOther;
  bool begun_ = false;  // a byte of the message was taken
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_PARSER_H_
