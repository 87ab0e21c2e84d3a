# What the library is built on. Names of the Debian packages: libcurl4-openssl-dev, libcjson-dev; of the tests: libcmocka-dev.
find_package(PkgConfig REQUIRED)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.87)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
if(LLMC_BUILD_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()
# One example runs in libevent's loop.
if(LLMC_BUILD_EXAMPLES OR LLMC_BUILD_TESTS)
  pkg_check_modules(LIBEVENT IMPORTED_TARGET libevent)
endif()
