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
// What accepts a message. Two readers must agree. Lines, start lines, control characters, limits,
// targets, Host and the rules of body framing are checked here, by RFC 9110 and 9112 and never in
// their lenient variants; fields and chunks are read by llhttp 8.1 in strict mode. llhttp sees
// complete lines only, with whitespace at their ends cut off and a start line of ours in place of
// the real one, because its own idea of start lines takes HTTP/0.9, RTSP and half of all URLs and
// refuses methods that it has not heard of. Since only whole lines are judged, how the bytes were
// cut into pieces can change neither events nor verdict.
//
// Beyond the RFCs' musts these are refused: a bare LF or CR anywhere, obs-fold in requests (in
// responses it becomes a space), Content-Length that is repeated or joined by Transfer-Encoding,
// Transfer-Encoding in HTTP/1.0, any transfer coding but `chunked` where it ends the list, user
// info, fragments and non-ASCII bytes in targets, Content-Length or Transfer-Encoding in trailers.
//
// Memory: about 150 bytes and nothing on the heap; text is kept in the caller's HttpHead.
//
// Threads: none.

#ifndef WEFT_NET_INTERNAL_HTTP_PARSER_H_
#define WEFT_NET_INTERNAL_HTTP_PARSER_H_

#include <llhttp/llhttp.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "weft/net/http_limits.h"
#include "weft/net/internal/http_head.h"

namespace weft::net::internal {

// Why a message was refused.
struct HttpError {
  int status = 0;           // what a server answers; means nothing in a response
  const char* reason = "";  // a sentence without a full stop, of static storage
};

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
  // Which request a response answers; decides whether it has a body.
  enum class Answers : std::uint8_t { kOther, kHead, kConnect };

  // `limits` must outlive the parser.
  HttpParser(Kind kind, const HttpLimits& limits);
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

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
    kBody,       // Content-Length or until close
    kChunkLine,  // size and extensions
    kChunkData,
    kChunkEnd,  // the CRLF behind the data
    kTrailers,
    kComplete,  // everything is read, kComplete has not been said
    kEnded,
    kFailed,
  };
  enum class Line : std::uint8_t { kComplete, kPartial, kTooLong, kMalformed };
  struct FieldFacts;

  bool isRequest() const { return llhttp_.type == HTTP_REQUEST; }
  Event fail(int status, const char* reason);
  void initLlhttp();
  void enter(Stage stage);

  // Takes the line at the front of `*input`, which may be `budget` bytes long with its CRLF.
  // `*line` has the CRLF and is valid until the partial line of the head is cleared.
  Line takeLine(std::string_view* input, std::size_t budget, std::string_view* line);
  Event failLine(Line why);

  // Do what the stage asks for. kNeedMore: the next stage is entered, or the input is used up.
  Event step(std::string_view* input);
  Event readStartLine(std::string_view* input);
  Event readFields(std::string_view* input);
  Event readBody(std::string_view* input);
  Event readChunkLine(std::string_view* input);
  Event readChunkEnd(std::string_view* input);
  Event complete();

  // Parts of the above. False: the message is refused, error_ is set.
  bool parseRequestLine(std::string_view text);
  bool parseStatusLine(std::string_view text);
  bool parseVersion(std::string_view text);
  bool feedField(std::string_view line);
  bool endFields();
  bool judgeHead();
  bool judgeHost(const FieldFacts& facts);
  bool judgeFraming(const FieldFacts& facts);
  bool judgeTrailers();
  bool llhttpAgrees() const;
  bool feed(std::string_view bytes);
  bool hasNoBody() const;

  static const llhttp_settings_t& settings();
  static int onHeaderField(llhttp_t* llhttp, const char* at, std::size_t size);
  static int onHeaderValue(llhttp_t* llhttp, const char* at, std::size_t size);
  static int onHeadersComplete(llhttp_t* llhttp);
  static int onChunkHeader(llhttp_t* llhttp);
  static int onMessageComplete(llhttp_t* llhttp);

  llhttp_t llhttp_;
  const HttpLimits* limits_;
  HttpHead* head_ = nullptr;  // during a call only
  std::string_view body_;
  HttpError error_;
  std::uint64_t body_left_ = 0;  // of the body, the chunk, or the CRLF behind a chunk
  std::uint64_t body_size_ = 0;  // of all chunks so far
  // What the section (start line, headers, what chunk lines say in vain, trailers) may still take.
  std::size_t budget_ = 0;
  std::size_t fields_left_ = 0;  // lines of this section
  Stage stage_ = Stage::kStartLine;
  Answers answers_ = Answers::kOther;
  bool begun_ = false;            // a byte of the message was taken
  bool any_field_ = false;        // of this section
  bool llhttp_complete_ = false;  // llhttp has seen the end of the message
};

}  // namespace weft::net::internal

#endif  // WEFT_NET_INTERNAL_HTTP_PARSER_H_
