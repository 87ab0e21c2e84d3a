# What keeps the library small, unless it is built to be debugged (Debug, sanitizers, coverage).
include(CheckCCompilerFlag)
include(CheckLinkerFlag)
include(CheckCSourceCompiles)

# Sources whose instructions are worth their bytes: compiled at the level of the user's flags, without the bytes between
# functions and loops that only align them. Each was counted with callgrind, on the paths of bench.guard and in plain and
# streamed calls; all others run too seldom, or hardly slower when they are small.
set(LLMC_HOT
  base/buf base/hash base/mem
  wire/json wire/json_run wire/json_tree wire/jsonw wire/sse
  model/error model/http
  policy/key
  net/receive
  provider/openai_chunk)

# Those of the flags that the compiler knows.
function(llmc_known_flags out)
  set(known_flags "")
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "LLMC_KNOWS${flag}" known)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
      list(APPEND known_flags ${flag})
    endif()
  endforeach()
  set(${out} "${known_flags}" PARENT_SCOPE)
endfunction()

# What makes code larger and hardly ever faster, at any level.
llmc_known_flags(LLMC_FLAGS -malign-data=abi -fno-caller-saves -fno-move-loop-invariants -fno-tree-pre -fno-gcse
  -fno-optimize-sibling-calls)
llmc_known_flags(LLMC_HOT_FLAGS -fno-align-functions -fno-align-jumps -fno-align-loops -fno-align-labels
  -freorder-blocks-algorithm=simple)

# The smallest level that the compiler knows.
llmc_known_flags(LLMC_COLD_FLAGS -Oz)
if(NOT LLMC_COLD_FLAGS)
  set(LLMC_COLD_FLAGS -Os)
endif()
list(APPEND LLMC_COLD_FLAGS ${LLMC_FLAGS})
list(APPEND LLMC_HOT_FLAGS ${LLMC_FLAGS})

# A sixth of the library would tell how to walk through its functions. With -g the same stands in the debug information.
set(LLMC_UNWIND_FLAGS "")
if(NOT LLMC_UNWIND_TABLES)
  set(LLMC_UNWIND_FLAGS -fno-asynchronous-unwind-tables -fno-unwind-tables)
endif()

function(llmc_shrink)
  if(LLMC_SANITIZE OR LLMC_COVERAGE)
    return()
  endif()
  foreach(source IN LISTS ARGN)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/src ${source})
    string(REGEX REPLACE "\\.c$" "" name ${name})
    set(flags ${LLMC_COLD_FLAGS})
    if(name IN_LIST LLMC_HOT)
      set(flags ${LLMC_HOT_FLAGS})
    endif()
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS
      "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:${flags}>;$<$<NOT:$<CONFIG:Debug>>:${LLMC_UNWIND_FLAGS}>")
  endforeach()
endfunction()

set(LLMC_SMALL_LINK "")

# The library's calls of its own exported functions go straight to them; what others have is looked up as it is loaded, so
# that the table of those addresses can be made read-only. Addresses in tables are packed to a bit each: the GNU loader of
# glibc 2.36 was the first to unpack them, and a library linked so says that it needs it.
foreach(flag -O2 --hash-style=gnu "-z,noseparate-code" "-z,now" -Bsymbolic-functions)
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

# The shared library is compiled once more, whole: what is the same in two files then stands once, and what is called
# from one place is put there. Only gcc makes it smaller by that (clang larger), and only here: the archive, and what the
# tests link, hold machine code that any linker takes. Sets LLMC_WHOLE_FLAGS, empty where it does not apply.
set(LLMC_WHOLE_FLAGS "")
if(LLMC_BUILD_SHARED AND LLMC_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT LLMC_SANITIZE AND NOT LLMC_COVERAGE)
  set(whole -flto -fipa-pta)
  set(CMAKE_REQUIRED_FLAGS "-flto -fipa-pta")
  set(CMAKE_REQUIRED_LINK_OPTIONS -flto -flto-partition=one)
  check_c_source_compiles("int main(void) { return 0; }" LLMC_COMPILES_WHOLE)
  unset(CMAKE_REQUIRED_FLAGS)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  if(LLMC_COMPILES_WHOLE)
    set(LLMC_WHOLE_FLAGS "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:${whole}>")
    list(APPEND LLMC_SMALL_LINK "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:${whole};-flto-partition=one;${LLMC_COLD_FLAGS}>")
  endif()
endif()
