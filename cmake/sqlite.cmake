# The SQLite store, a library of its own: it sees the public headers and SQLite, and is linked beside the client.
file(GLOB sqlite_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/store/sqlite*.c)
add_library(llmc_sqlite_objects OBJECT ${sqlite_sources})
target_include_directories(llmc_sqlite_objects PUBLIC ${PROJECT_SOURCE_DIR}/include)
target_compile_definitions(llmc_sqlite_objects PRIVATE _GNU_SOURCE)
target_link_libraries(llmc_sqlite_objects PUBLIC llmc_options PkgConfig::SQLITE3)

# What the tests link: with the inner symbols visible, and beside llmc_inner.
add_library(llmc_sqlite_inner STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:llmc_sqlite_objects>)
target_link_libraries(llmc_sqlite_inner PUBLIC llmc_options PkgConfig::SQLITE3)
target_include_directories(llmc_sqlite_inner PUBLIC ${PROJECT_SOURCE_DIR}/include)

function(llmc_finish_sqlite target)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:llmc_options> PkgConfig::SQLITE3)
endfunction()

# llmclient::sqlite is the shared one, or the static one where that is all there is.
if(LLMC_BUILD_STATIC)
  add_library(llmclient_sqlite_static STATIC $<TARGET_OBJECTS:llmc_sqlite_objects>)
  set_target_properties(llmclient_sqlite_static PROPERTIES OUTPUT_NAME llmclient_sqlite EXPORT_NAME sqlite_static)
  llmc_finish_sqlite(llmclient_sqlite_static)
endif()
if(LLMC_BUILD_SHARED)
  add_library(llmclient_sqlite SHARED $<TARGET_OBJECTS:llmc_sqlite_objects>)
  set_target_properties(llmclient_sqlite PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
    EXPORT_NAME sqlite)
  llmc_finish_sqlite(llmclient_sqlite)
  if(NOT APPLE)
    set_target_properties(llmclient_sqlite PROPERTIES LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/llmclient_sqlite.map)
    target_link_options(llmclient_sqlite PRIVATE -Wl,--gc-sections
      -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/llmclient_sqlite.map)
    if(NOT LLMC_SANITIZE)
      target_link_options(llmclient_sqlite PRIVATE -Wl,-z,defs)
    endif()
  endif()
  add_library(llmclient::sqlite ALIAS llmclient_sqlite)
else()
  set_target_properties(llmclient_sqlite_static PROPERTIES EXPORT_NAME sqlite)
  add_library(llmclient::sqlite ALIAS llmclient_sqlite_static)
endif()
