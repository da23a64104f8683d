# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
# What every target of the project shares: warnings, sanitizers, precompiled headers, and the one way to add a library
# or a test, so that the direction of dependencies stands in each folder's CMakeLists.txt and nowhere else.

add_library(cifra_options INTERFACE)
target_compile_options(cifra_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wcast-align
  -Woverloaded-virtual -Wnull-dereference -Wformat=2 -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of g++ 12 in inlined library code (GCC bugs 105329, 105651, 107138).
  target_compile_options(cifra_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-null-dereference
    -Wno-maybe-uninitialized -Wno-dangling-pointer)
endif()
# Half of the time that a source takes to compile goes into these.
target_precompile_headers(cifra_options INTERFACE <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <mutex>
  <optional> <set> <span> <stdexcept> <string> <string_view> <variant> <vector>)
target_include_directories(cifra_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(cifra_options INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION
  CIFRA_VERSION="${PROJECT_VERSION}")
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" OR CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(cifra_options INTERFACE _FORTIFY_SOURCE=2)
  target_compile_options(cifra_options INTERFACE -fstack-protector-strong)
endif()
if(CIFRA_SANITIZE)
  target_compile_options(cifra_options INTERFACE -fsanitize=${CIFRA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(cifra_options INTERFACE -fsanitize=${CIFRA_SANITIZE})
endif()

# cifra_unity(TARGET SOURCES...): these sources of this target are compiled several at a time, which takes about 60 % of the time.
# Who edits one source waits for its whole group, and may like CIFRA_UNITY=OFF better. The groups are chosen when CMake runs.
function(cifra_unity target)
  if(NOT CIFRA_UNITY)
    return()
  endif()
  execute_process(COMMAND /usr/bin/python3 -B ${PROJECT_SOURCE_DIR}/cmake/unity.py ${ARGN} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    OUTPUT_VARIABLE lines OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" lines "${lines}")
  foreach(line ${lines})
    string(REGEX MATCH "^([0-9]+) (.*)$" _ "${line}")
    set_source_files_properties(${CMAKE_MATCH_2} PROPERTIES UNITY_GROUP ${target}_${CMAKE_MATCH_1})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage) # what the main file may do, an included one may not
  endif()
endfunction()

# cifra_library(NAME LIBS...): a static library from this folder's *.cpp.
function(cifra_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(${name} STATIC ${sources})
  cifra_unity(${name} ${sources})
  target_link_libraries(${name} PUBLIC cifra_options ${ARGN})
endfunction()

# cifra_single(NAME...): programs of one source, for which to precompile anything takes longer than to compile it.
function(cifra_single)
  set_target_properties(${ARGN} PROPERTIES DISABLE_PRECOMPILE_HEADERS ON)
endfunction()

# cifra_test(NAME LIBS...): a Catch2 program from this folder's *.cpp, each test case a ctest of its own.
function(cifra_test name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(${name} ${sources})
  cifra_unity(${name} ${sources})
  target_link_libraries(${name} PRIVATE cifra_test_main ${ARGN})
  catch_discover_tests(${name} TEST_PREFIX "${name}: " PROPERTIES TIMEOUT 300)
endfunction()
