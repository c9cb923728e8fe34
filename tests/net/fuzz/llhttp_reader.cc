#include "weft/tests/net/fuzz/llhttp_reader.h"

#include <llhttp/llhttp.h>

namespace weft::net::internal {
namespace {

using Message = LlhttpReading::Message;

Message& current(llhttp_t* llhttp) {
  return static_cast<LlhttpReading*>(llhttp->data)->messages.back();
}

int onBegin(llhttp_t* llhttp) {
  static_cast<LlhttpReading*>(llhttp->data)->messages.emplace_back();
  return 0;
}

int onTarget(llhttp_t* llhttp, const char* at, std::size_t size) {
  current(llhttp).target.append(at, size);
  return 0;
}

int onField(llhttp_t* llhttp, const char* at, std::size_t size) {
  current(llhttp).headers.emplace_back(std::string(at, size), "");
  return 0;
}

int onValue(llhttp_t* llhttp, const char* at, std::size_t size) {
  current(llhttp).headers.back().second.append(at, size);
  return 0;
}

int onBody(llhttp_t* llhttp, const char* at, std::size_t size) {
  current(llhttp).body.append(at, size);
  return 0;
}

int onComplete(llhttp_t* llhttp) {
  current(llhttp).complete = true;
  return 0;
}

LlhttpReading::End endOf(llhttp_errno_t error) {
  switch (error) {
    case HPE_OK:
      return LlhttpReading::End::kOpen;
    case HPE_PAUSED_UPGRADE:
    case HPE_PAUSED_H2_UPGRADE:
    case HPE_CLOSED_CONNECTION:
      return LlhttpReading::End::kPaused;
    case HPE_INVALID_METHOD:
    case HPE_INVALID_URL:
    case HPE_INVALID_VERSION:
    case HPE_INVALID_CONSTANT:
      return LlhttpReading::End::kStart;
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_INVALID_TRANSFER_ENCODING:
    case HPE_UNEXPECTED_CONTENT_LENGTH:
      return LlhttpReading::End::kLengths;
    case HPE_INVALID_CHUNK_SIZE:
    case HPE_STRICT:
      return LlhttpReading::End::kChunks;
    default:
      return LlhttpReading::End::kOther;
  }
}

}  // namespace

LlhttpReading readByLlhttp(std::string_view bytes) {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_message_begin = onBegin;
  settings.on_url = onTarget;
  settings.on_header_field = onField;
  settings.on_header_value = onValue;
  settings.on_body = onBody;
  settings.on_message_complete = onComplete;

  LlhttpReading reading;
  llhttp_t llhttp;
  llhttp_init(&llhttp, HTTP_REQUEST, &settings);
  llhttp.data = &reading;
  reading.end = endOf(llhttp_execute(&llhttp, bytes.data(), bytes.size()));
  return reading;
}

}  // namespace weft::net::internal
