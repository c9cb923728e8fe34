#include "weft/inspect/internal/page.h"

// A file becomes the bytes between two symbols. The assembler finds it by its path from the root.
#define WEFT_EMBED(name, path)                                               \
  __asm__(".section .rodata\n" #name "_begin:\n.incbin \"" path "\"\n" #name \
          "_end:\n.byte 0\n.previous\n");                                    \
  extern "C" const char name##_begin[];                                      \
  extern "C" const char name##_end[];

WEFT_EMBED(weft_inspect_html, "inspect/page/index.html")
WEFT_EMBED(weft_inspect_script, "inspect/page/page.js")

#define WEFT_UPLOT "inspect/node_modules/uplot/dist/"
#if __has_include("inspect/node_modules/uplot/dist/uPlot.iife.min.js") || \
                  __has_include("weft/inspect/node_modules/uplot/dist/uPlot.iife.min.js")
WEFT_EMBED(weft_inspect_uplot, WEFT_UPLOT "uPlot.iife.min.js")
WEFT_EMBED(weft_inspect_uplot_style, WEFT_UPLOT "uPlot.min.css")
#define WEFT_CHARTS 1
#else
#define WEFT_CHARTS 0
#endif

namespace weft::inspect::internal {

namespace {

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view pageHtml() noexcept {
  return between(weft_inspect_html_begin, weft_inspect_html_end);
}

std::string_view pageScript() noexcept {
  return between(weft_inspect_script_begin, weft_inspect_script_end);
}

#if WEFT_CHARTS
std::string_view chartScript() noexcept {
  return between(weft_inspect_uplot_begin, weft_inspect_uplot_end);
}
std::string_view chartStyle() noexcept {
  return between(weft_inspect_uplot_style_begin, weft_inspect_uplot_style_end);
}
#else
std::string_view chartScript() noexcept { return {}; }
std::string_view chartStyle() noexcept { return {}; }
#endif

}  // namespace weft::inspect::internal
