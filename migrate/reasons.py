"""Why a file was not read, or only in part, in Chinese: the reasons of skips are told, and kept, in English."""

from __future__ import annotations

import re

from migrate.regex import regex

_CHINESE = tuple(
    (regex(pattern, re.DOTALL), text)
    for pattern, text in (
        (r"line (\d+): (.+)", r"第 \1 行:<\2>"),
        (r"(.+) \(and (\d+) more\)", r"<\1>(另有 \2 处)"),
        (r"(not understood.+); (\d+) more places?", r"<\1>;另有 \2 处"),
        (r"not valid Python 3", "不是有效的 Python 3"),
        (r"not understood: (.*)", r"无法解析:\1"),
        (r"not understood \(nor is it UTF-8\)", "无法解析(且不是 UTF-8)"),
        (r"byte (\d+) is not (\S+): .*", r"第 \1 字节不是 \2"),
        (r"unknown encoding (\S+) in the coding line", r"编码声明行中的编码 \1 未知"),
        (r"nested too deeply: not every string was followed", "嵌套过深:未跟踪所有字符串"),
        (r"not a notebook: no list of cells", "不是有效的 notebook:没有单元格列表"),
        (r"not a notebook: (.*)", r"不是有效的 notebook(\1)"),
        (r"over (\S+) MB: read by words, not parsed", r"超过 \1 MB:仅按词读取,未作语法分析"),
        (r"only its first (\S+) uses are listed", r"仅列出前 \1 处使用"),
        (r"took over (\S+) s \(--file-timeout\)", r"超过 \1 秒(--file-timeout)"),
        (r"internal problem, please report it: (.*)", r"内部错误,请反馈:\1"),
        (r"the process that read it died \(out of memory\?\)", "读取该文件的进程异常终止(内存不足?)"),
        (r"Git LFS pointer: its content is not here \(git lfs pull\)", "Git LFS 指针:内容不在本地(git lfs pull)"),
        (r"UTF-16 text; save it as UTF-8", "UTF-16 文本;请另存为 UTF-8"),
        (r"binary data \(NUL bytes\)", "二进制数据(含 NUL 字节)"),
        (r"a report of a scan, not a configuration", "扫描报告,不是配置"),
        (r"names CUDA, in a language that no frontend reads", "提及 CUDA,但不支持该语言"),
        (r"no frontend reads this kind of file", "不支持此类文件"),
        (r"symbolic links are not followed", "不跟随符号链接"),
        (r"left out by the option or setting `exclude`", "被选项或设置 exclude 排除"),
        (r"left out by \.gitignore", "被 .gitignore 排除"),
        (r"folder can't be listed: (.*)", r"无法列出目录:\1"),
        (r"can't be read: (.*)", r"无法读取:\1"),
        (r"folder of a tool or an environment", "工具或环境的目录"),
        (r"build folder; --vendored reads it", "构建目录;--vendored 可读取"),
        (r"a repository of its own; --vendored reads it", "独立的仓库;--vendored 可读取"),
        (r"other people's code; --vendored reads it", "第三方代码;--vendored 可读取"),
        (r"not a regular file \(a pipe, socket or device\)", "非普通文件(管道、套接字或设备)"),
        (r"(.+), over the limit of (\S+) MB \(--max-file-size\)", r"\1,超过 \2 MB 的上限(--max-file-size)"),
    )
)
"""Tried in order; what stands between angle brackets is a reason in its turn."""


_GROUP = regex(r"(<?)\\(\d)>?")


def chinese(reason: str) -> str:
    """The reason in Chinese; as it is where it is none of ours."""
    for pattern, text in _CHINESE:
        if match := pattern.fullmatch(reason):
            return _filled(text, match)
    return reason


def _filled(text: str, match: re.Match[str]) -> str:
    return _GROUP.sub(lambda group: (chinese if group[1] else str)(match[int(group[2])]), text)
