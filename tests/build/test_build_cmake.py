"""CMake."""

from __future__ import annotations

from support import read, uses


def cmake(code: str) -> list[str]:
    return uses(code, "cmake", "CMakeLists.txt")


def test_packages_languages_and_targets() -> None:
    assert cmake(
        """
        project(cuda_demo LANGUAGES CXX CUDA)
        find_package(CUDAToolkit 12.1 REQUIRED)
        find_package(Threads)
        enable_language(CUDA)
        target_link_libraries(app PRIVATE CUDA::cudart CUDA::cublas nccl m)
        """
    ) == [
        "1 cmake:enable_language(CUDA) argument",
        "2 cmake:find_package(CUDAToolkit) call",
        "4 cmake:enable_language(CUDA) argument",
        "5 cmake:CUDA::cudart argument",
        "5 cmake:CUDA::cublas argument",
        "5 lib:libnccl.so argument",
    ]


def test_versions_and_values_are_kept() -> None:
    found = read("find_package(CUDAToolkit 12.1)\nset(CMAKE_CUDA_ARCHITECTURES 80 90)\n", "cmake").uses
    assert [dict(use.details) for use in found] == [{"version": "12.1"}, {"value": "80;90"}, {}, {}]


def test_old_style_variables_and_properties() -> None:
    assert cmake(
        """
        cuda_add_library(k STATIC k.cu)
        include_directories(${CUDA_INCLUDE_DIRS})
        set_target_properties(k PROPERTIES CUDA_SEPARABLE_COMPILATION ON)
        set(HOME $ENV{CUDA_HOME})
        target_compile_options(k PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--use_fast_math>)
        """
    ) == [
        "1 cmake:cuda_add_library call",
        "2 cmake:CUDA_INCLUDE_DIRS name",
        "3 cmake:CUDA_SEPARABLE_COMPILATION name",
        "4 env:CUDA_HOME name",
        "5 cmake:$<COMPILE_LANGUAGE:CUDA> argument",
        "5 flag:-use_fast_math flag",
    ]


def test_flags_and_architectures() -> None:
    assert [line.split()[1] for line in cmake('set(CMAKE_CUDA_FLAGS "-gencode arch=compute_80,code=sm_80")\n')] == [
        "cmake:CMAKE_CUDA_FLAGS",
        "flag:-gencode",
        "arch:compute_80",
        "arch:sm_80",
    ]


def test_comments_names_of_projects_and_own_options_are_no_uses() -> None:
    assert (
        cmake(
            """
            # find_package(CUDA)
            #[[ enable_language(CUDA)
            ]]
            project(CUDA)
            option(USE_CUDA "Build with CUDA" ON)
            message(STATUS [=[find_package(CUDA)]=])
            """
        )
        == []
    )


def test_context_of_conditions() -> None:
    assert cmake(
        """
        if(USE_CUDA)
          find_package(CUDAToolkit)
        elseif(USE_ROCM)
          find_package(hip)
        endif()
        if(WITH_CUDA)
          enable_language(CUDA)
        else()
          find_package(CUDA)
        endif()
        """
    ) == [
        "2 cmake:find_package(CUDAToolkit) call [guarded multi-vendor]",
        "7 cmake:enable_language(CUDA) argument [guarded]",
        "9 cmake:find_package(CUDA) call",
    ]


def test_broken_files_are_read_as_far_as_they_go() -> None:
    assert cmake('endif()\nelse()\n)(\nfind_package(CUDA)\nset(X "unfinished\n') == ["4 cmake:find_package(CUDA) call"]
    assert cmake("if(" * 5000 + "\n") == []


def test_architectures_in_lists() -> None:
    assert cmake(
        """
        set(CMAKE_CUDA_ARCHITECTURES 80-real "90-virtual;100a" CACHE STRING "For 75 and up")
        set_target_properties(app PROPERTIES CUDA_ARCHITECTURES "75;86" CXX_STANDARD 17)
        list(APPEND CMAKE_CUDA_ARCHITECTURES ${found} native)
        """
    ) == [
        "1 cmake:CMAKE_CUDA_ARCHITECTURES name",
        "1 arch:sm_80 config",
        "1 arch:compute_90 config",
        "1 arch:sm_100a config",
        "2 cmake:CUDA_ARCHITECTURES name",
        "2 arch:sm_75 config",
        "2 arch:sm_86 config",
        "3 cmake:CMAKE_CUDA_ARCHITECTURES name",
    ]


def test_spelling_of_packages_and_whole_expressions() -> None:
    found = read("find_package(Nccl REQUIRED)\nadd(t $<$<COMPILE_LANGUAGE:CUDA>:-O3>)\n", "cmake")
    assert [use.symbol for use in found.uses] == ["cmake:find_package(NCCL)", "cmake:$<COMPILE_LANGUAGE:CUDA>"]
    assert found.uses[1].end - found.uses[1].start == len("$<COMPILE_LANGUAGE:CUDA>")


def test_architectures_in_the_projects_own_lists() -> None:
    assert cmake(
        """
        set(CUDA_SUPPORTED_ARCHS "7.5;8.0+PTX")
        cuda_archs_loose_intersection(MARLIN_ARCHS "9.0a" "${CUDA_ARCHS}")
        set(CMAKE_PREFIX_PATH "$ENV{NCCL_ROOT}")
        set(VERSION 8.0)
        """
    ) == [
        "1 arch:sm_75 config",
        "1 arch:sm_80 config",
        "2 arch:sm_90a config",
        "3 env:NCCL_ROOT name",
    ]
