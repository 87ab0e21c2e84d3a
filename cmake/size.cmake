# What keeps a release build small. Sources that run for every request, chunk or event are compiled as the user's flags
# say; all others for size.
set(LLMC_HOT
  base/buf base/clock base/hash base/heap base/list base/map base/mem base/sha256 base/shared_lock base/str base/thread
  wire/json wire/json_scan wire/json_tree wire/jsonw wire/shape wire/sse wire/eventstream wire/ndjson wire/vectors
  model/http model/response model/response_fold model/request_fields
  policy/breaker policy/cache policy/cache_key policy/cache_shard policy/limiter policy/queue
  provider/body provider/openai_chunk provider/openai_decode provider/openai_encode provider/openai_messages
  provider/anthropic_answer provider/anthropic_blocks provider/gemini_chunk provider/gemini_parts
  net/address net/conn net/handle net/loop net/poller_epoll net/poller_poll net/pool net/receive net/shard net/transfer
  engine/attempt engine/call engine/caching engine/deadline engine/driver engine/engine engine/events engine/health
  engine/judge engine/lane engine/plan engine/route engine/targets engine/wait
  api/execute api/stream)

# A fifth of the library tells debuggers how to walk through it where it was stripped. Without, gdb's backtraces end at
# its functions; frame pointers are left for profilers.
if(NOT LLMC_UNWIND_TABLES)
  target_compile_options(llmc_options INTERFACE -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-omit-frame-pointer)
endif()
set(LLMC_SMALL_LINK "")

function(llmc_shrink)
  if(LLMC_SANITIZE OR LLMC_COVERAGE)
    return()
  endif()
  foreach(source IN LISTS ARGN)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/src ${source})
    string(REGEX REPLACE "\\.c$" "" name ${name})
    if(NOT name IN_LIST LLMC_HOT)
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-Os>")
    endif()
  endforeach()
endfunction()

# Addresses in tables packed to a bit each: the GNU loader of glibc 2.36 was the first to unpack them, and a library
# linked so says that it needs it.
include(CheckLinkerFlag)
include(CheckCSourceCompiles)
foreach(flag -O1 --hash-style=gnu "-z,noseparate-code")
  string(MAKE_C_IDENTIFIER "LLMC_LINKS_${flag}" known)
  check_linker_flag(C "-Wl,${flag}" ${known})
  if(${known})
    list(APPEND LLMC_SMALL_LINK "-Wl,${flag}")
  endif()
endforeach()
check_c_source_compiles("#include <features.h>
#if !defined __GLIBC__ || __GLIBC__ * 1000 + __GLIBC_MINOR__ < 2036
#error no
#endif
int main(void) { return 0; }" LLMC_LOADER_UNPACKS)
if(LLMC_LOADER_UNPACKS)
  check_linker_flag(C "-Wl,-z,pack-relative-relocs" LLMC_LINKS_PACKED)
  if(LLMC_LINKS_PACKED)
    list(APPEND LLMC_SMALL_LINK "-Wl,-z,pack-relative-relocs")
  endif()
endif()
