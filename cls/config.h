// The one switch of weft: is there continuation-local storage in this build?
//
// WEFT_CLS is 1 (the default) or 0, set for every translation unit by the build
// (`--define weft_cls=off` for Bazel, `-DWEFT_CLS=OFF` for CMake). With 0 the whole of cls is
// its no-op twin: the same API, `run` and `bind` call through, `get` finds nothing, `set` is
// ignored, and no task holds a byte for it. The two builds live in inline namespaces of their
// own, so objects of one do not link with objects of the other.

#ifndef WEFT_CLS_CONFIG_H_
#define WEFT_CLS_CONFIG_H_

#ifndef WEFT_CLS
#define WEFT_CLS 1
#endif

#if WEFT_CLS
#define WEFT_CLS_ABI with_contexts
#else
#define WEFT_CLS_ABI without_contexts
#endif

namespace weft::cls::inline WEFT_CLS_ABI {

inline constexpr bool kEnabled = WEFT_CLS != 0;

// A parameter of this type, defaulted, in a constructor that every program calls makes a link of
// the two builds fail.
struct AbiTag {};

}  // namespace weft::cls::inline WEFT_CLS_ABI

#endif  // WEFT_CLS_CONFIG_H_
