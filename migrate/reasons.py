"""Why a file was not read, or not written, and why a command can't do what it was asked, in Chinese: the reasons
are told, and kept, in English."""

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
        # what the user gave
        (r"(.+); did you mean (.+)\?", r"<\1>;是否想写 \2?"),
        (r"(.+); known: (.+)", r"<\1>;已知:\2"),
        (r"folder of rules (.+) does not exist", r"规则表目录 \1 不存在"),
        (r"folder (.+) of the output does not exist; create it first", r"输出所在的目录 \1 不存在;请先创建"),
        (r"(.+) does not exist", r"\1 不存在"),
        (
            r"(.+) is neither a folder nor a regular file \(a pipe, socket or device\)",
            r"\1 既不是目录也不是普通文件(而是管道、套接字或设备)",
        ),
        (r"output (.+) is a folder; name a file", r"输出 \1 是目录;请指定文件"),
        (r"0 files scanned in (.+); is this the right folder\?", r"在 \1 中没有扫描到任何文件;目录是否正确?"),
        (r"no target given", "没有给出目标"),
        (r"unknown target (.+)", r"未知目标 \1"),
        (r"target (.+) has no chip (.+); it has none", r"目标 \1 没有芯片 \2;该目标不区分芯片"),
        (r"target (.+) has no chip (.+)", r"目标 \1 没有芯片 \2"),
        (r"(.+) is not a version; write it like (.+)", r"\1 不是版本号;应形如 \2"),
        (r"(.+) is no check, and no library knows a name like that(.*)", r"\1 不是检查项,各库中也没有此名称<\2>"),
        (r"; `rules coverage` lists the libraries", ";`rules coverage` 可列出各库"),
        # settings
        (r"(.+): no check is named (.+)", r"\1:没有名为 \2 的检查项"),
        (r"(.+): unknown setting (\S+)", r"\1:未知设置 \2"),
        (r"(.+): not valid TOML: (.+)", r"\1:不是有效的 TOML:\2"),
        (r"(.+): tool\.cuda-migrate must be a table", r"\1:tool.cuda-migrate 必须是表"),
        (r'(.+) must be "en" or "zh"', r'\1 必须是 "en" 或 "zh"'),
        (r"(.+) must be between (\S+) and (\S+)", r"\1 必须在 \2 与 \3 之间"),
        (r"(.+) must be a list of strings", r"\1 必须是字符串列表"),
        (r"(.+) must be true or false", r"\1 必须是 true 或 false"),
        (r"(.+) must be a number", r"\1 必须是数"),
        (r"(.+) must be a whole number", r"\1 必须是整数"),
        (r"(.+) must be a string in quotes", r"\1 必须是带引号的字符串"),
        (r"(.+): pattern (.+) can't match anything; write it as in (\S+)", r"\1:模式 \2 不会匹配任何路径;写法同 \3"),
        (
            r"(.+): (.+) lies outside the folder of this file; name such rules by --rules",
            r"\1:\2 位于该文件所在目录之外;请用 --rules 指定",
        ),
        # rewrite
        (r"say what to do with the changes: one of (.+)", r"请指定如何处理修改:\1 之一"),
        (
            r"--format json and --diff both take standard output; use one of them",
            "--format json 与 --diff 都写到标准输出;请只用其一",
        ),
        (
            r"--strategy (\S+) leaves no such comments; --todo goes with the others",
            r"--strategy \1 不会留下此类注释;--todo 用于其他策略",
        ),
        (r"rewrite takes one --target, not (\d+)", r"rewrite 只接受一个 --target,而不是 \1 个"),
        (
            r"--strategy rename knows no C and C\+\+ names of (\S+); it does for (.+)",
            r"--strategy rename 没有 \1 的 C/C++ 名称;可用于 \2",
        ),
        (
            r"--target portable has no names of its own; leave --strategy native out",
            "--target portable 没有自己的名称;请去掉 --strategy native",
        ),
        (
            r"PyTorch for (\S+) keeps (.+): there is nothing to patch; its strategies are (.+)",
            r"\1 的 PyTorch 沿用 \2:无需补丁;可用策略:\3",
        ),
        (r"no run-time patch is attested for (\S+); its strategies are (.+)", r"没有 \1 的运行时补丁;可用策略:\2"),
        (r"git can't say whether all is committed: (.*); use --force", r"git 无法确认是否已全部提交:\1;可用 --force"),
        (
            r"git has no copy of what stands here now: (.+) and (\d+) more; commit them first, or use --force",
            r"git 中没有当前内容的副本:\1 等(另有 \2 个);请先提交,或用 --force",
        ),
        (
            r"git has no copy of what stands here now: (.+); commit them first, or use --force",
            r"git 中没有当前内容的副本:\1;请先提交,或用 --force",
        ),
        (
            r"(.+) lies in what is scanned; name a folder outside of it with --output-dir",
            r"\1 位于被扫描的目录之内;请用 --output-dir 指定其外的目录",
        ),
        (
            r"(.+) is a link to elsewhere; name an empty folder with --output-dir",
            r"\1 是指向别处的链接;请用 --output-dir 指定空目录",
        ),
        (r"(.+) exists; name an empty folder with --output-dir", r"\1 已存在;请用 --output-dir 指定空目录"),
        (r"(.+): was edited and lacks (.+); add it, or remove the file", r"\1:已被修改且缺少 \2;请补上或删除该文件"),
        (r"(.+): (.+) exist; rename one of them", r"\1:\2 已存在;请为其中之一改名"),
        (r"read-only; make it writable \(chmod u\+w\) and run again", "只读;请设为可写(chmod u+w)后重新运行"),
        (r"changed since it was scanned; run again", "扫描之后已被修改;请重新运行"),
        (r"not written without (.+)", r"\1 未能写入,故未写入此文件"),
        (r"can't be read again: (.*)", r"无法再次读取:\1"),
        (r"it doesn't come back from parsing byte for byte", "解析后无法逐字节还原"),
        (r"a change would span cells or magics", "有修改会跨越单元格或魔法命令"),
        (r"a change would go into an empty cell", "有修改会落入空单元格"),
        (r"(.+); the patch isn't imported in it", r"<\1>;未在其中导入补丁"),
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
