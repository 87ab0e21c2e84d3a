# How everything in this tree is compiled: warnings, sanitizers, coverage. Never part of what is installed.
add_library(llmc_options INTERFACE)
target_compile_options(llmc_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -ffunction-sections -fdata-sections $<$<BOOL:${LLMC_WERROR}>:-Werror>)
if(LLMC_SANITIZE)
  target_compile_options(llmc_options INTERFACE -fsanitize=${LLMC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(llmc_options INTERFACE -fsanitize=${LLMC_SANITIZE})
  # gcc's manual: with -fsanitize these two warn of code that is right.
  target_compile_options(llmc_options INTERFACE $<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>)
endif()
if(LLMC_COVERAGE)
  target_compile_options(llmc_options INTERFACE --coverage -O0)
  target_link_options(llmc_options INTERFACE --coverage)
endif()

# The same for code that sees the inside: the library, the mock and the tests.
add_library(llmc_flags INTERFACE)
target_link_libraries(llmc_flags INTERFACE llmc_options)
target_include_directories(llmc_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(llmc_flags INTERFACE _GNU_SOURCE $<$<BOOL:${LLMC_USE_POLL}>:LLMC_USE_POLL>)

include(cmake/size.cmake)

# One object library a layer: a test links the layers it is about, and a layer that reaches too far fails to link there.
set(LLMC_LAYERS base wire model policy provider net engine api)
set(LLMC_OBJECTS "")
set(LLMC_WHOLE_OBJECTS "")
foreach(layer IN LISTS LLMC_LAYERS)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${layer}/*.c)
  if(sources)
    add_library(llmc_${layer} OBJECT ${sources})
    target_link_libraries(llmc_${layer} PUBLIC llmc_flags Threads::Threads)
    llmc_shrink(${sources})
    list(APPEND LLMC_OBJECTS $<TARGET_OBJECTS:llmc_${layer}>)
    if(LLMC_WHOLE_FLAGS)
      add_library(llmc_${layer}_whole OBJECT EXCLUDE_FROM_ALL ${sources})
      target_link_libraries(llmc_${layer}_whole PUBLIC llmc_flags Threads::Threads)
      target_compile_options(llmc_${layer}_whole PRIVATE ${LLMC_WHOLE_FLAGS})
      list(APPEND LLMC_WHOLE_OBJECTS $<TARGET_OBJECTS:llmc_${layer}_whole>)
    endif()
  endif()
endforeach()
foreach(kind "" _whole)
  if(TARGET llmc_wire${kind})
    target_link_libraries(llmc_wire${kind} PUBLIC PkgConfig::CJSON m)
  endif()
  if(TARGET llmc_net${kind})
    target_link_libraries(llmc_net${kind} PUBLIC PkgConfig::CURL)
  endif()
endforeach()

# Everything in one archive with its inner symbols visible: what the tests link.
if(LLMC_OBJECTS)
  add_library(llmc_inner STATIC EXCLUDE_FROM_ALL ${LLMC_OBJECTS})
  target_link_libraries(llmc_inner PUBLIC llmc_flags PkgConfig::CURL PkgConfig::CJSON Threads::Threads m)
endif()

# What the shared and the static library have in common.
function(llmc_finish_library target)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:llmc_options> PkgConfig::CURL PkgConfig::CJSON
    Threads::Threads m)
endfunction()

# The installed libraries. llmclient::llmclient is the shared one, or the static one where that is all there is.
if(LLMC_BUILD_STATIC)
  add_library(llmclient_static STATIC ${LLMC_OBJECTS})
  set_target_properties(llmclient_static PROPERTIES OUTPUT_NAME llmclient EXPORT_NAME llmclient_static)
  llmc_finish_library(llmclient_static)
endif()
if(LLMC_BUILD_SHARED)
  if(LLMC_WHOLE_OBJECTS)
    add_library(llmclient SHARED ${LLMC_WHOLE_OBJECTS})
  else()
    add_library(llmclient SHARED ${LLMC_OBJECTS})
  endif()
  set_target_properties(llmclient PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  llmc_finish_library(llmclient)
  if(NOT APPLE)
    set_target_properties(llmclient PROPERTIES LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/llmclient.map)
    target_link_options(llmclient PRIVATE -Wl,--gc-sections ${LLMC_SMALL_LINK} -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/llmclient.map)
    if(NOT LLMC_SANITIZE) # a sanitizer's runtime is in the program, so its symbols stay open in the library
      target_link_options(llmclient PRIVATE -Wl,-z,defs)
    endif()
  endif()
  add_library(llmclient::llmclient ALIAS llmclient)
else()
  set_target_properties(llmclient_static PROPERTIES EXPORT_NAME llmclient)
  add_library(llmclient::llmclient ALIAS llmclient_static)
endif()

# The mock provider: a library of its own that takes only src/base from the client, a copy of its own.
file(GLOB mock_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/mock/*.c)
list(FILTER mock_sources EXCLUDE REGEX "/main\\.c$")
if(mock_sources)
  add_library(llmclient_mock STATIC ${mock_sources} $<TARGET_OBJECTS:llmc_base>)
  set_target_properties(llmclient_mock PROPERTIES EXPORT_NAME mock)
  target_link_libraries(llmclient_mock PRIVATE $<BUILD_INTERFACE:llmc_flags> PUBLIC Threads::Threads)
  target_include_directories(llmclient_mock PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  add_library(llmclient::mock ALIAS llmclient_mock)
endif()
